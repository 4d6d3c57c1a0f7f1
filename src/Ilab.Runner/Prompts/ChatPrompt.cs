using Ilab.Jinja.Chat;

namespace Ilab.Runner.Prompts;

/// <summary>A rendered conversation.</summary>
/// <param name="Segments">The prompt in parts: in those that are plain, control tokens are text.</param>
/// <param name="Template"><c>model</c> = the model's chat template, <c>plain</c> = role prefixes, empty = the text is completed as it is.</param>
/// <param name="Warning">What was used instead of the model's template, and why; empty = nothing.</param>
internal sealed record ChatPrompt(IReadOnlyList<ChatSegment> Segments, string Template, string Warning = "")
{
    public const string OfModel = "model";
    public const string Plain = "plain";

    public string Text => string.Concat(Segments.Select(static segment => segment.Text));

    /// <summary>Whether the answer begins inside a thought.</summary>
    public bool Thinks => Text.AsSpan().TrimEnd().EndsWith("<think>", StringComparison.Ordinal);

    /// <summary>What comes after the first place where a text is; null = it is nowhere.</summary>
    public ChatPrompt? After(string text)
    {
        var at = Text.IndexOf(text, StringComparison.Ordinal);
        var skipped = at + text.Length;
        var rest = new List<ChatSegment>();
        foreach (var segment in Segments)
        {
            if (skipped < segment.Text.Length)
            {
                rest.Add(segment with { Text = segment.Text[Math.Max(0, skipped)..] });
            }

            skipped -= segment.Text.Length;
        }

        return at < 0 ? null : this with { Segments = rest };
    }
}
