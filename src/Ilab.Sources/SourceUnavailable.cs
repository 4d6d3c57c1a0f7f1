using System.Net;

namespace Ilab.Sources;

/// <summary>A temporary failure; never leaves <c>Sources</c>.</summary>
/// <param name="reason">One line.</param>
/// <param name="after">Delay requested by the server; null = none.</param>
internal sealed class SourceUnavailable(string reason, TimeSpan? after = null, Exception? inner = null) : Exception(reason, inner)
{
    public TimeSpan? After { get; } = after;

    public static SourceUnavailable From(HttpResponseMessage response, Uri url)
    {
        var asked = response.Headers.RetryAfter;
        var after = asked?.Delta ?? (asked?.Date is { } date && response.Headers.Date is { } now && date > now ? date - now : null);
        return new SourceUnavailable(
            response.StatusCode is HttpStatusCode.TooManyRequests
                ? $"too many requests to {url.Host} (429)"
                : $"{url.Host} answered {(int)response.StatusCode}",
            after
        );
    }
}
