using System.Text;
using System.Text.Json;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>Reads the response of a completion request. Drafts in fields of their own (<c>reasoning_content</c>, <c>reasoning</c>) are left out.</summary>
internal static class ServiceAnswer
{
    public const string Filtered = "the answer was blocked by the teacher's content filter";
    public const string Refused = "the teacher refused to answer";
    public const string CalledTool = "the teacher called a tool instead of answering";

    private static readonly string[] CutReasons = ["length", "max_tokens", "max_output_tokens", "model_length", "max_length", "model_context_window_exceeded"];
    private static readonly string[] FilterReasons = ["content_filter", "safety", "recitation", "prohibited_content", "blocklist", "spii"];
    private static readonly string[] DraftFields = ["reasoning_content", "reasoning"];
    private static readonly string[] TextParts = ["text", "output_text"];

    /// <exception cref="TeacherRefusedException">It is not an answer to the request.</exception>
    /// <exception cref="TeacherUnavailableException">It is not a response of the expected form.</exception>
    public static TeacherAnswer Read(string body, bool isRaw)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var choice = document.RootElement.GetProperty("choices")[0];
            var usage = Field(document.RootElement, "usage");
            var (promptTokens, answerTokens) = (Count(usage, "prompt_tokens"), Count(usage, "completion_tokens"));
            var message = isRaw ? choice : choice.GetProperty("message");
            var content = isRaw ? choice.GetProperty("text") : Field(message, "content");
            if (!isRaw && content.ValueKind == JsonValueKind.Undefined && message.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException("there is no message");
            }

            var text = Text(content, out var hasRefusal);
            var reason = Text(Field(choice, "finish_reason"), out _).ToLowerInvariant();
            var problem =
                FilterReasons.Contains(reason) ? Filtered
                : hasRefusal
                || reason == "refusal"
                || (Field(message, "refusal") is { ValueKind: JsonValueKind.String } refusal && refusal.GetString()!.Trim().Length > 0)
                    ? Refused
                : text.Length == 0 && Field(message, "tool_calls") is { ValueKind: JsonValueKind.Array } tools && tools.GetArrayLength() > 0 ? CalledTool
                : null;
            if (problem is not null)
            {
                throw new TeacherRefusedException(problem) { PromptTokens = promptTokens, AnswerTokens = answerTokens };
            }

            if (reason == "error")
            {
                throw new TeacherUnavailableException("the teacher failed while it answered", isOfCall: true);
            }

            return new TeacherAnswer(text, promptTokens, answerTokens)
            {
                IsCut = CutReasons.Contains(reason),
                HasDraft = DraftFields.Any(name => Field(message, name) is { ValueKind: JsonValueKind.String } draft && draft.GetString()!.Length > 0),
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new TeacherUnavailableException("the response is not valid JSON of the expected form", isOfCall: true, inner: exception);
        }
    }

    /// <summary>A text, or the text parts of a list joined; parts of other kinds, such as drafts, are left out.</summary>
    private static string Text(JsonElement content, out bool hasRefusal)
    {
        hasRefusal = false;
        if (content.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
        {
            return "";
        }

        if (content.ValueKind != JsonValueKind.Array)
        {
            return content.GetString()!;
        }

        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.String)
            {
                text.Append(part.GetString());
                continue;
            }

            var kind = Field(part, "type") is { ValueKind: JsonValueKind.String } type ? type.GetString()! : "text";
            hasRefusal |= kind == "refusal";
            text.Append(TextParts.Contains(kind) ? Text(Field(part, "text"), out _) : "");
        }

        return text.ToString();
    }

    private static JsonElement Field(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    private static int Count(JsonElement usage, string name) =>
        Field(usage, name) is { ValueKind: JsonValueKind.Number } count && count.TryGetInt32(out var number) ? number : 0;
}
