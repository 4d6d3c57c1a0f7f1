using Ilab.Jinja;
using Ilab.Jinja.Chat;

namespace Ilab.Runner.Prompts;

/// <summary>Renders conversations for models without a usable chat template: each message with the name of its role before it.</summary>
internal static class PlainTemplate
{
    /// <summary>Beginning of the user's turn: a line that starts with it ends the answer.</summary>
    public const string UserTurn = "\nUser:";

    /// <summary>The same as a template, which trained models are given if they had none.</summary>
    public const string Jinja = PlainChatTemplate.Text;

    private const string AssistantTurn = "Assistant:";

    public static IReadOnlyList<ChatSegment> Render(ChatInput input)
    {
        var segments = new List<ChatSegment>();
        for (var index = 0; index < input.Messages.Count; index++)
        {
            var isLast = index == input.Messages.Count - 1;
            segments.Add(new ChatSegment(Name(Text(input.Messages[index], "role")) + ": ", IsPlain: false));
            segments.Add(new ChatSegment(Content(input.Messages[index]), IsPlain: true));
            if (!isLast || input.AddGenerationPrompt)
            {
                segments.Add(new ChatSegment("\n", IsPlain: false));
            }
        }

        if (input.AddGenerationPrompt)
        {
            segments.Add(new ChatSegment(AssistantTurn, IsPlain: false));
        }

        return segments;
    }

    /// <summary>The text of a message: its content or its text parts, and the tools it calls as JSON.</summary>
    public static string Content(object? message)
    {
        if (message is not IDictionary<string, object?> mapping)
        {
            return "";
        }

        var text = mapping.TryGetValue("content", out var content) ? TextOf(content) : "";
        return mapping.TryGetValue("tool_calls", out var calls) && calls is List<object?> { Count: > 0 }
            ? string.Join('\n', new[] { text, Values.ToJson(calls)!.ToJsonString() }.Where(static line => line.Length > 0))
            : text;
    }

    /// <returns>Parts that are not text are left out.</returns>
    public static string TextOf(object? content) =>
        content switch
        {
            string text => text,
            List<object?> parts => string.Concat(parts.Select(static part => part as string ?? Text(part, "text"))),
            _ => "",
        };

    private static string Name(string role) =>
        role switch
        {
            "system" or "developer" => "System",
            "assistant" => "Assistant",
            "tool" => "Tool",
            _ => "User",
        };

    private static string Text(object? value, string key) =>
        value is IDictionary<string, object?> mapping && mapping.TryGetValue(key, out var text) ? text as string ?? "" : "";
}
