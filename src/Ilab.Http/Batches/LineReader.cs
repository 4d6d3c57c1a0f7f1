using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Engine.Workloads.Batches;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Batches;

/// <summary>A request that a line of a batch makes.</summary>
/// <param name="Id">The line's own id; null = it has none.</param>
/// <param name="Line">The line as an object.</param>
/// <param name="IsPlain">Whether the result is the line with the answer added.</param>
internal sealed record LineRequest(string? Id, string Endpoint, JsonObject Body, JsonObject Line, bool IsPlain);

/// <summary>A line that is no request.</summary>
internal sealed class LineException(string code, string message, string? field) : Exception(message)
{
    public string Code { get; } = code;

    public string? Field { get; } = field;
}

/// <summary>
/// Reads lines: <c>{"custom_id", "method", "url", "body"}</c>, and where the results are to be plain also <c>{"messages"}</c>, <c>{"prompt"}</c> and
/// a string, which is a prompt.
/// </summary>
internal static class LineReader
{
    public const string Chat = "/v1/chat/completions",
        Text = "/v1/completions",
        Embeddings = "/v1/embeddings",
        Responses = "/v1/responses";
    private const string TheLine = "the line";
    private const int LongestId = 512;

    /// <summary>Two fields of one name could not both be in the result.</summary>
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static IReadOnlyList<string> Endpoints { get; } = [Chat, Text, Embeddings, Responses];

    /// <exception cref="LineException">It is none.</exception>
    public static LineRequest Read(BatchRequest request, ReadOnlyMemory<byte> bytes)
    {
        var (fields, line) = Parse(request, bytes);
        try
        {
            if (request.IsPlain && !fields.Has("body"))
            {
                var endpoint =
                    fields.Has("messages") ? Chat
                    : fields.Has("prompt") ? Text
                    : throw new LineException("missing_required_parameter", "neither messages nor prompt", null);
                return new LineRequest(null, endpoint, Complete(request, line), line, IsPlain: true);
            }

            var id = request.IsPlain ? fields.Text("custom_id") : fields.RequiredText("custom_id");
            if (id?.Length > LongestId)
            {
                throw new LineException("invalid_custom_id", $"custom_id has more than {LongestId} characters", "custom_id");
            }

            if (fields.Text("method") is { } method && method != "POST")
            {
                throw new LineException("invalid_method", "method must be POST", "method");
            }

            var url = request.IsPlain ? fields.Text("url") ?? Chat : fields.RequiredText("url");
            if (request.Endpoint.Length > 0 ? url != request.Endpoint : !Endpoints.Contains(url))
            {
                var due = request.Endpoint.Length > 0 ? request.Endpoint : string.Join(", ", Endpoints);
                throw new LineException("invalid_url", $"url must be {due}", "url");
            }

            _ = fields.Object("body") ?? throw fields.Missing("body", "an object");
            return new LineRequest(id, url, Complete(request, line["body"]!.AsObject()), line, IsPlain: false);
        }
        catch (ProblemException exception)
        {
            throw new LineException("invalid_request", exception.Problem.Message, exception.Problem.Field);
        }
    }

    private static (JsonFields Fields, JsonObject Line) Parse(BatchRequest request, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var isText = request.IsPlain && bytes.Span.TrimStart(" \t"u8) is [(byte)'"', ..];
            bytes = isText ? (byte[])[.. """{"prompt":"""u8, .. bytes.Span, (byte)'}'] : bytes;
            return (new JsonFields(JsonBody.Parse(bytes, TheLine), ""), JsonNode.Parse(bytes.Span, documentOptions: Strict)!.AsObject());
        }
        catch (JsonException)
        {
            throw new LineException("invalid_json_line", "a field of the line occurs twice", null);
        }
        catch (ProblemException exception)
        {
            throw new LineException("invalid_json_line", exception.Message, null);
        }
    }

    /// <summary>The request with what the batch says for lines that do not.</summary>
    private static JsonObject Complete(BatchRequest request, JsonObject body)
    {
        var complete = body.DeepClone().AsObject();
        if (request.Model.Length > 0)
        {
            complete.TryAdd("model", request.Model);
        }

        foreach (var (name, value) in request.Defaults.Length > 0 ? JsonNode.Parse(request.Defaults)!.AsObject() : [])
        {
            if (name != "max_tokens" || !complete.ContainsKey("max_completion_tokens"))
            {
                complete.TryAdd(name, value?.DeepClone());
            }
        }

        return complete;
    }

    /// <summary>A request as an endpoint reads it.</summary>
    public static JsonFields Fields(JsonObject body) => new(JsonDocument.Parse(Encoding.UTF8.GetBytes(body.ToJsonString())).RootElement, "");
}
