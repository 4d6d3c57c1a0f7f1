using System.Buffers;
using Markdig;
using Markdig.Syntax;

namespace Ilab.Data.Synthesis.Documents;

/// <summary>
/// Splits a text into Markdown blocks with Markdig: paragraphs, headings, list items, code. Plain text consists of paragraphs. Only empty lines between blocks
/// are lost.
/// </summary>
internal static class MarkdownBlocks
{
    /// <summary>Maximum list and quote markers at the beginning of a line; the parser's run time is quadratic in their number.</summary>
    private const int MostMarkers = 200;

    private static readonly SearchValues<char> Markers = SearchValues.Create(" \t>-*+.)0123456789");
    private static readonly MarkdownPipeline Pipeline = BlocksOnly();

    /// <returns>Each block ends with an empty line.</returns>
    public static IEnumerable<(string Text, bool IsHeading)> Of(string text)
    {
        var starts = new SortedDictionary<int, bool> { [0] = false };
        foreach (var (start, isHeading) in Starts(text))
        {
            starts[LineOf(text, start)] = isHeading;
        }

        var places = starts.ToArray();
        for (var index = 0; index < places.Length; index++)
        {
            var end = index + 1 < places.Length ? places[index + 1].Key : text.Length;
            var block = text[places[index].Key..end].Trim('\n');
            if (!string.IsNullOrWhiteSpace(block))
            {
                yield return (block + "\n\n", places[index].Value);
            }
        }
    }

    /// <summary>Start positions of the blocks; at empty lines only if the nesting exceeds the parser's limit.</summary>
    private static List<(int Start, bool IsHeading)> Starts(string text)
    {
        var starts = new List<(int, bool)>();
        if (NestsInOneLine(text))
        {
            return Paragraphs(text);
        }

        try
        {
            foreach (var block in Markdown.Parse(text, Pipeline))
            {
                // Link definitions are collected in one block without a position; their text stays with the preceding block.
                if (block is not LinkReferenceDefinitionGroup)
                {
                    starts.AddRange(
                        block is ListBlock list ? list.Select(static entry => (entry.Span.Start, false)) : [(block.Span.Start, block is HeadingBlock)]
                    );
                }
            }
        }
        catch (ArgumentException)
        {
            return Paragraphs(text);
        }

        return starts;
    }

    private static bool NestsInOneLine(string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var end = line.IndexOfAnyExcept(Markers);
            if ((end < 0 ? line.Length : end) > MostMarkers && line[..(end < 0 ? line.Length : end)].Trim().Contains(' '))
            {
                return true;
            }
        }

        return false;
    }

    private static List<(int Start, bool IsHeading)> Paragraphs(string text)
    {
        var starts = new List<(int, bool)>();
        for (var at = text.IndexOf("\n\n", StringComparison.Ordinal); at >= 0; at = text.IndexOf("\n\n", at + 2, StringComparison.Ordinal))
        {
            starts.Add((at + 2, false));
        }

        return starts;
    }

    private static int LineOf(string text, int position)
    {
        var at = Math.Clamp(position, 0, text.Length);
        return at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;
    }

    private static MarkdownPipeline BlocksOnly()
    {
        var builder = new MarkdownPipelineBuilder().UsePreciseSourceLocation();
        builder.InlineParsers.Clear();
        return builder.Build();
    }
}
