using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Http.Calls;

namespace Ilab.Http.OpenAi;

/// <summary><c>{"error": {"message", "type", "param", "code"}}</c>.</summary>
internal sealed class OpenAiErrors : ErrorShape
{
    public static OpenAiErrors Instance { get; } = new();

    public override byte[] Body(Problem problem, string requestId) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new ErrorAnswer(new ErrorObject(problem.Message, TypeOf(problem), problem.Field, CodeOf(problem))),
            OpenAiJson.Relaxed.ErrorAnswer
        );

    public override byte[] InStream(Problem problem, string requestId) => [.. "data: "u8, .. Body(problem, requestId), .. "\n\n"u8];

    private static string TypeOf(Problem problem) =>
        problem.Status switch
        {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        };

    private static string? CodeOf(Problem problem) =>
        problem switch
        {
            { Code: { } code } => code,
            { Kind: ErrorKind.ContextExceeded } => "context_length_exceeded",
            { Kind: ErrorKind.NotFound } => "model_not_found",
            { Kind: ErrorKind.QuotaExceeded } or { Status: 429 } => "rate_limit_exceeded",
            { Status: 401 } => "invalid_api_key",
            { Status: 404 } => "unknown_url",
            { Status: 413 } => "request_too_large",
            _ => null,
        };
}
