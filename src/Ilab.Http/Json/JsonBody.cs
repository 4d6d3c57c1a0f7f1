using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Ilab.Http.Calls;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Json;

/// <summary>Reads the JSON object in the body of a request.</summary>
internal static class JsonBody
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    private const int FirstBuffer = 64 << 10;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="ProblemException">400: empty, not UTF-8, not JSON, not an object; 413: more than <paramref name="limit"/> bytes.</exception>
    public static async Task<JsonFields> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new ProblemException(new Problem(415, $"the content encoding {encoding} is not supported: send the body as it is"));
        }

        var bytes = await ReadBytesAsync(request, limit, cancellationToken).ConfigureAwait(false);
        return new JsonFields(Parse(bytes), "");
    }

    /// <param name="what">What they are, for messages.</param>
    /// <exception cref="ProblemException">400.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> bytes, string what = "the request body")
    {
        bytes = bytes.Span.StartsWith(ByteOrderMark) ? bytes[ByteOrderMark.Length..] : bytes;
        if (bytes.IsEmpty)
        {
            throw ProblemException.Invalid($"{(what == "the request body" ? "missing request body" : what + " is empty")}: send a JSON object");
        }

        if (!Utf8.IsValid(bytes.Span))
        {
            throw ProblemException.Invalid($"{what} is not valid UTF-8");
        }

        try
        {
            RequireWholeCharacters(bytes.Span, what);
            var root = JsonDocument.Parse(bytes, Options).RootElement;
            return root.ValueKind == JsonValueKind.Object ? root : throw ProblemException.Invalid($"{what} must be a JSON object");
        }
        catch (JsonException exception)
        {
            throw ProblemException.Invalid($"{what} is not valid JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} of the line)");
        }
    }

    /// <summary>An escape of half a surrogate pair is JSON, but not text: it is found here rather than wherever the text is first used.</summary>
    private static void RequireWholeCharacters(ReadOnlySpan<byte> json, string what)
    {
        if (json.IndexOf("\\u"u8) < 0)
        {
            return;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
        while (reader.Read())
        {
            if (reader is { TokenType: JsonTokenType.String or JsonTokenType.PropertyName, ValueIsEscaped: true })
            {
                try
                {
                    _ = reader.GetString();
                }
                catch (InvalidOperationException)
                {
                    throw ProblemException.Invalid($"{what} contains half of a surrogate pair, which is not valid Unicode");
                }
            }
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit)
        {
            throw TooLarge(limit);
        }

        // What is announced need not come: the buffer grows with what is there.
        var writer = new ArrayBufferWriter<byte>((int)Math.Min(request.ContentLength ?? FirstBuffer, FirstBuffer) + 1);
        while (true)
        {
            var read = await ReadAsync(request, writer.GetMemory(4096), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return writer.WrittenMemory;
            }

            writer.Advance(read);
            if (writer.WrittenCount > limit)
            {
                throw TooLarge(limit);
            }
        }
    }

    /// <summary>Reads a part of a body.</summary>
    /// <exception cref="ProblemException">400: it does not arrive as HTTP says.</exception>
    public static async Task<int> ReadAsync(HttpRequest request, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await request.Body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            throw ProblemException.Invalid("the request body cannot be read: its chunks are not valid");
        }
    }

    private static ProblemException TooLarge(int limit) => new(new Problem(413, $"the request body is larger than {limit >> 20} MiB"));
}
