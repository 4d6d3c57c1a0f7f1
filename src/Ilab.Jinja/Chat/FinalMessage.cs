using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Chat;

/// <summary>Ends a prompt inside its last message: a tag is added to the message's text, and the rendered prompt is cut there.</summary>
internal static class FinalMessage
{
    private const string Text = "CONTINUE_FINAL_MESSAGE_TAG";

    /// <summary>A space follows the tag: a template that trims its messages removes it.</summary>
    private const string TagAndSpace = Text + " ";

    /// <returns>The text of the last message.</returns>
    public static string Tag(List<object?> messages)
    {
        if (messages[^1] is not IDictionary<string, object?> given || !given.TryGetValue("content", out var content))
        {
            throw Nothing();
        }

        var message = new OrderedDictionary<string, object?>(given);
        messages[^1] = message;
        if (content is string text)
        {
            message["content"] = text + TagAndSpace;
            return text;
        }

        var parts = content is IEnumerable<object?> list ? list.ToList() : throw Nothing();
        var at = parts.FindLastIndex(static part =>
            part is IDictionary<string, object?> mapping && mapping.TryGetValue("text", out var value) && value is string
        );
        if (at < 0)
        {
            throw Nothing();
        }

        var last = new OrderedDictionary<string, object?>((IDictionary<string, object?>)parts[at]!);
        text = (string)last["text"]!;
        last["text"] = text + TagAndSpace;
        parts[at] = last;
        message["content"] = parts;
        return text;
    }

    public static string Cut(string rendered, string message)
    {
        var at = rendered.LastIndexOf(Text, StringComparison.Ordinal);
        if (at < 0 || !rendered.Contains(Trim(message), StringComparison.Ordinal))
        {
            throw new TemplateException("the template changes the last message so that it cannot be continued");
        }

        var isKept = string.CompareOrdinal(rendered, at, TagAndSpace, 0, TagAndSpace.Length) == 0;
        return isKept ? rendered[..at] : TrimEnd(rendered[..at]);
    }

    private static TemplateException Nothing() => new("the last message has no text to continue");

    private static string TrimEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && CodePoints.IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    private static string Trim(string text)
    {
        var start = 0;
        while (start < text.Length && CodePoints.IsSpace(text[start]))
        {
            start++;
        }

        return TrimEnd(text[start..]);
    }
}
