using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Ilab.Data.Isolation;

namespace Ilab.Data.Synthesis.Documents;

/// <summary>
/// Extracts the visible text of a page without scripts, styles and menus; blocks are separated by empty lines, headings marked as in Markdown, list items by a
/// dash.
/// </summary>
internal static class HtmlText
{
    private static readonly HashSet<string> Blocks = new(StringComparer.Ordinal)
    {
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "table",
        "tr",
        "ul",
        "ol",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
        "blockquote",
        "dl",
        "dt",
        "dd",
        "br",
        "hr",
        "figure",
        "figcaption",
        "body",
    };

    private static readonly HashSet<string> Silent = new(StringComparer.Ordinal) { "script", "style", "nav", "footer", "noscript", "template", "svg", "head" };

    /// <exception cref="TooMuchOutputException">The text exceeds its limit.</exception>
    public static void Read(string html, BoundedText text)
    {
        var document = new HtmlParser().ParseDocument(html);
        var inPre = 0;

        // Iterative instead of recursive: a page may nest its elements arbitrarily deeply.
        for (INode? node = document.DocumentElement; node is not null; )
        {
            var isSilent = node is IElement silent && Silent.Contains(silent.LocalName);
            if (node is IText words)
            {
                Append(text, words.Data, inPre > 0);
            }
            else if (node is IElement element && !isSilent)
            {
                inPre += element.LocalName == "pre" ? 1 : 0;
                Open(element.LocalName, text);
            }

            if (!isSilent && node.FirstChild is { } child)
            {
                node = child;
                continue;
            }

            while (node is not null && node.NextSibling is null)
            {
                inPre -= Close(node, text);
                node = node.Parent;
            }

            inPre -= Close(node, text);
            node = node?.NextSibling;
        }
    }

    private static void Open(string name, BoundedText text)
    {
        if (!Blocks.Contains(name))
        {
            return;
        }

        text.Break(Lines(name));
        text.Append(
            name is ['h', >= '1' and <= '6' and var level] ? new string('#', level - '0') + " "
            : name == "li" ? "- "
            : ""
        );
    }

    /// <returns>1 if a preformatted block ends.</returns>
    private static int Close(INode? node, BoundedText text)
    {
        if (node is not IElement { LocalName: var name } || Silent.Contains(name))
        {
            return 0;
        }

        if (name is "td" or "th")
        {
            text.Append(" | ");
        }
        else if (Blocks.Contains(name) && name != "br")
        {
            text.Break(Lines(name));
        }

        return name == "pre" ? 1 : 0;
    }

    private static int Lines(string block) => block is "br" or "li" or "tr" or "dt" or "dd" ? 1 : 2;

    private static void Append(BoundedText text, string words, bool isPreformatted)
    {
        foreach (var character in words)
        {
            var isBlank = char.IsWhiteSpace(character);
            if (isPreformatted || !isBlank || (text.Length > 0 && !char.IsWhiteSpace(text.Last)))
            {
                text.Append(isBlank && !isPreformatted ? ' ' : character);
            }
        }
    }
}
