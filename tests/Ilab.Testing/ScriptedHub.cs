using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ilab.Testing;

/// <summary>One request that the hub saw.</summary>
public sealed record HubRequest(string Host, string Path, string? Range, string? IfRange, string? Authorization);

/// <summary>
/// A web server on loopback that gives out files as a model hub does, and misbehaves as it is told: the misdeeds of a path are used up one by one, then it
/// behaves. It also answers on 127.0.0.2, another host.
/// </summary>
public sealed class ScriptedHub : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, byte[]> _files = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Func<HttpContext, byte[], Task<bool>>>> _misdeeds = new();
    private readonly WebApplication _app;

    private ScriptedHub(WebApplication app) => _app = app;

    public ConcurrentQueue<HubRequest> Requests { get; } = new();

    public Uri Address { get; private set; } = null!;

    /// <summary>The same hub under another host name.</summary>
    public Uri OtherHost => new UriBuilder(Address) { Host = "127.0.0.2" }.Uri;

    public static async Task<ScriptedHub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Any, 0));
        var app = builder.Build();
        var hub = new ScriptedHub(app);
        app.Run(hub.AnswerAsync);
        await app.StartAsync();
        hub.Address = new UriBuilder("http", "127.0.0.1", new Uri(app.Urls.First().Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)).Port).Uri;
        return hub;
    }

    /// <summary>Gives out bytes at a path such as <c>/models/a.gguf</c>.</summary>
    public Uri Put(string path, byte[] bytes)
    {
        _files[path] = bytes;
        return new Uri(Address, path);
    }

    /// <summary>Does something else at the next request of a path; true = it has answered.</summary>
    public void Misbehave(string path, Func<HttpContext, byte[], Task<bool>> misdeed) => _misdeeds.GetOrAdd(path, static _ => new()).Enqueue(misdeed);

    /// <summary>Sends so many bytes of what was asked for and cuts the connection.</summary>
    public void CutAfter(string path, int bytes) =>
        Misbehave(
            path,
            async (context, content) =>
            {
                await SendAsync(context, content, bytes);
                context.Abort();
                return true;
            }
        );

    /// <summary>Answers with a status and headers.</summary>
    public void Answer(string path, int status, params (string Name, string Value)[] headers) =>
        Misbehave(
            path,
            (context, _) =>
            {
                context.Response.StatusCode = status;
                foreach (var (name, value) in headers)
                {
                    context.Response.Headers[name] = value;
                }

                return Task.FromResult(true);
            }
        );

    /// <summary>Strong, and another one for other bytes.</summary>
    public static string TagOf(byte[] content) => $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"";

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var headers = context.Request.Headers;
        Requests.Enqueue(
            new HubRequest(
                context.Request.Host.Host,
                path + context.Request.QueryString,
                headers.Range.FirstOrDefault(),
                headers.IfRange.FirstOrDefault(),
                headers.Authorization.FirstOrDefault()
            )
        );
        var content = _files.GetValueOrDefault(path);
        if (_misdeeds.TryGetValue(path, out var misdeeds) && misdeeds.TryDequeue(out var misdeed) && await misdeed(context, content ?? []))
        {
            return;
        }

        if (content is null)
        {
            context.Response.StatusCode = 404;
            return;
        }

        await SendAsync(context, content, int.MaxValue);
    }

    private static async Task SendAsync(HttpContext context, byte[] content, int most)
    {
        var (response, from, tag) = (context.Response, 0, TagOf(content));
        response.Headers.ETag = tag;
        if (
            context.Request.GetTypedHeaders().Range?.Ranges.FirstOrDefault() is { From: { } start }
            && (context.Request.Headers.IfRange.FirstOrDefault() is not { } condition || condition == tag)
        )
        {
            if (start >= content.Length)
            {
                response.StatusCode = 416;
                response.Headers.ContentRange = $"bytes */{content.Length}";
                return;
            }

            from = (int)start;
            response.StatusCode = 206;
            response.Headers.ContentRange = $"bytes {from}-{content.Length - 1}/{content.Length}";
        }

        response.ContentLength = content.Length - from;
        await response.Body.WriteAsync(content.AsMemory(from, Math.Min(most, content.Length - from)));
        await response.Body.FlushAsync();
    }
}
