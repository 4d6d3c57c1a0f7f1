using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Engine.Serving.Generation;
using Ilab.Http.Calls;
using Ilab.Http.OpenAi;

namespace Ilab.Http.Responses;

/// <summary>The JSON of a response in its stages.</summary>
internal sealed class ResponseObject(AnswerScope scope, ResponseRequest request)
{
    public const string InProgress = "in_progress",
        Completed = "completed",
        Incomplete = "incomplete",
        Failed = "failed";

    private readonly long _created = scope.Time.GetUtcNow().ToUnixTimeSeconds();

    public string Id { get; } = $"resp_{scope.Id}";

    public string ItemId { get; } = $"msg_{scope.Id}";

    public static string StatusOf(GenerationFinished finished) => finished.Reason == FinishReason.Length ? Incomplete : Completed;

    /// <summary>Before there is anything.</summary>
    public JsonObject Begun() => New(InProgress, []);

    public JsonObject Ended(string text, IReadOnlyList<TokenLogprob> tokens, GenerationFinished finished)
    {
        var status = StatusOf(finished);
        var response = New(status, [Item(status, Part(text, tokens))]);
        response["completed_at"] = status == Completed ? scope.Time.GetUtcNow().ToUnixTimeSeconds() : null;
        response["incomplete_details"] = status == Incomplete ? new JsonObject { ["reason"] = "max_output_tokens" } : null;
        response["usage"] = new JsonObject
        {
            ["input_tokens"] = finished.PromptTokens,
            ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = finished.CachedPromptTokens },
            ["output_tokens"] = finished.CompletionTokens,
            ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = 0 },
            ["total_tokens"] = finished.PromptTokens + finished.CompletionTokens,
        };
        return response;
    }

    public JsonObject Broken(Problem problem)
    {
        var response = New(Failed, []);
        response["error"] = new JsonObject { ["code"] = "server_error", ["message"] = problem.Message };
        return response;
    }

    /// <param name="part">Null = nothing yet.</param>
    public JsonObject Item(string status, JsonObject? part) =>
        new()
        {
            ["id"] = ItemId,
            ["type"] = "message",
            ["status"] = status,
            ["role"] = "assistant",
            ["content"] = part is null ? [] : new JsonArray(part),
        };

    public JsonObject Part(string text, IReadOnlyList<TokenLogprob> tokens) =>
        new()
        {
            ["type"] = "output_text",
            ["text"] = text,
            ["annotations"] = new JsonArray(),
            ["logprobs"] = Logprobs(tokens),
        };

    public JsonArray Logprobs(IReadOnlyList<TokenLogprob> tokens) =>
        request.HasLogprobs ? JsonSerializer.SerializeToNode(LogprobShapes.Chat(tokens).Content, OpenAiJson.Relaxed.IReadOnlyListChatToken)!.AsArray() : [];

    private JsonObject New(string status, JsonArray output)
    {
        var response = new JsonObject
        {
            ["id"] = Id,
            ["object"] = "response",
            ["created_at"] = _created,
            ["completed_at"] = null,
            ["status"] = status,
            ["background"] = false,
            ["error"] = null,
            ["incomplete_details"] = null,
            ["model"] = request.Model,
            ["output"] = output,
            ["usage"] = null,
        };
        foreach (var (name, value) in request.Echo)
        {
            response[name] = value?.DeepClone();
        }

        return response;
    }
}
