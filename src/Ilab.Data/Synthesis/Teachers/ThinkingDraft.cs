using System.Text.RegularExpressions;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>What a model thinks before it answers, where it comes in the same text as the answer. It is no part of the answer.</summary>
internal static class ThinkingDraft
{
    private static readonly Marks[] Known =
    [
        .. new[] { "think", "thinking", "thought", "thoughts", "reasoning", "reflection", "scratchpad", "seed:think" }.Select(static name => new Marks(
            name,
            Tag($@"<\|?{name}(?:\s[^<>]*)?\|?>"),
            Tag($@"</\|?{name}\s*\|?>|<\|/{name}\|>")
        )),
        new("THINK", Tag(@"\[THINK\]", isExact: true), Tag(@"\[/THINK\]", isExact: true)),
        new("◁think▷", Tag("◁think▷"), Tag("◁/think▷")),
        new("START_THINKING", Tag(@"<\|START_THINKING\|>"), Tag(@"<\|END_THINKING\|>")),
        new(
            "channel",
            Tag(@"(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary)\s*<\|message\|>"),
            Tag(@"<\|start\|>assistant<\|channel\|>final<\|message\|>|<\|channel\|>final<\|message\|>")
        ),
    ];

    /// <param name="prompt">A tag that the prompt itself asks for belongs to the answer, unless it is <c>think</c>.</param>
    /// <returns>The answer without drafts; null if a draft does not end.</returns>
    public static string? Remove(string answer, string prompt)
    {
        foreach (var marks in Known.Where(marks => marks.Name == "think" || !IsAskedFor(prompt, marks.Name)))
        {
            for (var end = First(marks.Close, answer); end is not null; end = First(marks.Close, answer))
            {
                // Without a beginning, the draft began with the prompt: many templates end with the opening tag.
                var begin = First(marks.Open, answer) is { } open && open.Index < end.Index ? open.Index : 0;
                answer = answer[..begin] + answer[(end.Index + end.Length)..];
            }

            if (First(marks.Open, answer) is { } left && IsAtLineStart(answer, left.Index))
            {
                return null;
            }
        }

        return answer;
    }

    private static bool IsAskedFor(string prompt, string name) =>
        prompt.Contains($"<{name}>", StringComparison.OrdinalIgnoreCase) || prompt.Contains($"</{name}>", StringComparison.OrdinalIgnoreCase);

    /// <summary>The first one that is not merely mentioned, in backticks or quotation marks.</summary>
    private static Match? First(Regex mark, string text)
    {
        for (var match = mark.Match(text); match.Success; match = match.NextMatch())
        {
            var (before, after) = (
                match.Index > 0 ? text[match.Index - 1] : ' ',
                match.Index + match.Length < text.Length ? text[match.Index + match.Length] : ' '
            );
            if (before != after || before is not ('`' or '"' or '\''))
            {
                return match;
            }
        }

        return null;
    }

    private static bool IsAtLineStart(string text, int index) => text.AsSpan(0, index).TrimEnd(" \t") is var before && (before.IsEmpty || before[^1] == '\n');

    private static Regex Tag(string pattern, bool isExact = false) =>
        new(pattern, RegexOptions.CultureInvariant | (isExact ? RegexOptions.None : RegexOptions.IgnoreCase), TimeSpan.FromSeconds(2));

    private sealed record Marks(string Name, Regex Open, Regex Close);
}
