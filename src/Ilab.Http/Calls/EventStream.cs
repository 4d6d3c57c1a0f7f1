using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Calls;

/// <summary>
/// Writes an answer that arrives in pieces; each is sent at once. The first piece begins the answer: until then, an error gets its own status, and
/// afterwards it can only be said in the stream.
/// </summary>
internal static class EventStream
{
    private const string ServerSentEvents = "text/event-stream; charset=utf-8";
    private const string JsonLines = "application/x-ndjson";

    /// <summary>Sends a server-sent event: <c>data: ...</c>, with a name in front if it has one.</summary>
    public static async Task SendEventAsync(HttpCall call, ReadOnlyMemory<byte> data, string? name)
    {
        Begin(call.Response, ServerSentEvents);
        var writer = call.Response.BodyWriter;
        if (name is not null)
        {
            Add(writer, Encoding.UTF8.GetBytes($"event: {name}\n"));
        }

        Add(writer, "data: "u8);
        Add(writer, data.Span);
        Add(writer, "\n\n"u8);
        await writer.FlushAsync(call.Aborted).ConfigureAwait(false);
    }

    /// <summary>Sends a line of JSON.</summary>
    public static async Task SendLineAsync(HttpCall call, ReadOnlyMemory<byte> json)
    {
        Begin(call.Response, JsonLines);
        Add(call.Response.BodyWriter, json.Span);
        Add(call.Response.BodyWriter, "\n"u8);
        await call.Response.BodyWriter.FlushAsync(call.Aborted).ConfigureAwait(false);
    }

    private static void Begin(HttpResponse response, string contentType)
    {
        if (response.HasStarted)
        {
            return;
        }

        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = contentType;
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no"; // a proxy that collects the answer first would defeat its purpose
    }

    private static void Add(PipeWriter writer, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(writer.GetSpan(bytes.Length));
        writer.Advance(bytes.Length);
    }
}
