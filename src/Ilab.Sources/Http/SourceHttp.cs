using System.Net;
using System.Net.Http.Headers;
using Ilab.Engine.Errors;

namespace Ilab.Sources.Http;

/// <summary>
/// HTTP client for sources. It follows redirects itself, because a token belongs to the origin it was given for: it is sent to other URLs of that origin (a
/// renamed repository), but never to another host (the storage backend).
/// </summary>
public sealed class SourceHttp(string userAgent) : IDisposable
{
    private const int MostRedirects = 10;

    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(30),
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { { "User-Agent", userAgent } },
    };

    /// <summary>How long a server may take to start its response.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The response headers; success, 416, or an error for which a retry is pointless.</summary>
    /// <exception cref="SourceUnavailable">Temporary failure: no connection, no response, 408, 429, 5xx.</exception>
    /// <exception cref="EngineException">SOURCE: invalid redirects.</exception>
    internal async Task<HttpResponseMessage> GetAsync(Uri url, string? token, Action<HttpRequestHeaders> prepare, CancellationToken cancellationToken)
    {
        var next = url;
        for (var hop = 0; hop <= MostRedirects; hop++)
        {
            var response = await SendAsync(next, IsSameOrigin(url, next) ? token : null, prepare, cancellationToken).ConfigureAwait(false);
            if (
                response.StatusCode
                    is not (
                        HttpStatusCode.Moved
                        or HttpStatusCode.Redirect
                        or HttpStatusCode.RedirectMethod
                        or HttpStatusCode.TemporaryRedirect
                        or HttpStatusCode.PermanentRedirect
                    )
                || response.Headers.Location is not { } location
            )
            {
                return response;
            }

            response.Dispose();
            var target = new Uri(next, location);
            if (target.Scheme is not ("http" or "https") || (next.Scheme == "https" && target.Scheme == "http"))
            {
                throw new EngineException(
                    ErrorKind.Source,
                    $"{next.Host} redirects from {next.Scheme} to {target.Scheme}://{target.Host}, which is not allowed",
                    "check the address"
                );
            }

            next = target;
        }

        throw new EngineException(ErrorKind.Source, $"too many redirects from {url.Host}", "check the address");
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Whether a token for one URL may be sent to the other.</summary>
    internal static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && string.Equals(one.Host, other.Host, StringComparison.OrdinalIgnoreCase);

    private async Task<HttpResponseMessage> SendAsync(Uri url, string? token, Action<HttpRequestHeaders> prepare, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        prepare(request.Headers);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError)
            {
                using (response)
                {
                    throw SourceUnavailable.From(response, url);
                }
            }

            return response;
        }
        catch (HttpRequestException exception)
        {
            throw new SourceUnavailable($"{url.Host} cannot be reached ({exception.InnerException?.Message ?? exception.Message})", null, exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SourceUnavailable($"{url.Host} does not respond", null, exception);
        }
    }
}
