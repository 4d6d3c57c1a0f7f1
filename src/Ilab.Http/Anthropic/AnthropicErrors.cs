using System.Text.Json;
using Ilab.Http.Calls;

namespace Ilab.Http.Anthropic;

/// <summary><c>{"type": "error", "error": {"type", "message"}, "request_id"}</c>, in a stream as an event.</summary>
internal sealed class AnthropicErrors : ErrorShape
{
    public static AnthropicErrors Instance { get; } = new();

    public override byte[] Body(Problem problem, string requestId) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new ErrorAnswer("error", new ErrorObject(TypeOf(problem.Status), problem.Message), requestId),
            AnthropicJson.Relaxed.ErrorAnswer
        );

    public override byte[] InStream(Problem problem, string requestId) => [.. "event: error\ndata: "u8, .. Body(problem, requestId), .. "\n\n"u8];

    private static string TypeOf(int status) =>
        status switch
        {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 => "overloaded_error",
            >= 500 => "api_error",
            _ => "invalid_request_error",
        };
}
