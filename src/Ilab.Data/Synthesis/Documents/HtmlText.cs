using System.Net;
using System.Text;

namespace Ilab.Data.Synthesis.Documents;

/// <summary>What a page says: no scripts, styles, menus; blocks are divided by empty lines, headings marked as in Markdown, list entries by a dash.</summary>
internal static class HtmlText
{
    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase) { "p", "div", "section", "article", "main", "header", "table", "tr", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "dl", "dt", "dd", "br", "hr", "figure", "figcaption", "title", "body" };

    private static readonly string[] Silent = ["script", "style", "nav", "footer", "noscript", "template", "svg", "head"];

    public static string Read(string html)
    {
        var text = new StringBuilder();
        var position = 0;
        while (position < html.Length)
        {
            var open = html.IndexOf('<', position);
            Append(text, html[position..(open < 0 ? html.Length : open)]);
            if (open < 0)
            {
                break;
            }

            position = Tag(html, open, text);
        }

        return text.ToString();
    }

    private static int Tag(string html, int open, StringBuilder text)
    {
        if (string.CompareOrdinal(html, open, "<!--", 0, 4) == 0)
        {
            return After(html, "-->", open);
        }

        var close = html.IndexOf('>', open);
        if (close < 0)
        {
            return html.Length;
        }

        var inside = html[(open + 1)..close];
        var isEnd = inside.StartsWith('/');
        var name = new string([.. inside.TrimStart('/').TakeWhile(char.IsLetterOrDigit)]).ToLowerInvariant();
        if (!isEnd && Silent.Contains(name) && !inside.EndsWith('/'))
        {
            var end = html.IndexOf("</" + name, close, StringComparison.OrdinalIgnoreCase);
            return end < 0 ? html.Length : After(html, ">", end);
        }

        if (Blocks.Contains(name))
        {
            Break(text, name is "br" or "li" or "tr" or "dt" or "dd" ? 1 : 2);
            text.Append(isEnd ? "" : name is ['h', >= '1' and <= '6' and var level] ? new string('#', level - '0') + " " : name == "li" ? "- " : "");
        }
        else if (name is "td" or "th" && isEnd)
        {
            text.Append(" | ");
        }

        return close + 1;
    }

    private static int After(string html, string mark, int from) => html.IndexOf(mark, from, StringComparison.Ordinal) is >= 0 and var at ? at + mark.Length : html.Length;

    private static void Append(StringBuilder text, string piece)
    {
        foreach (var character in WebUtility.HtmlDecode(piece))
        {
            var isBlank = char.IsWhiteSpace(character);
            if (!isBlank || (text.Length > 0 && !char.IsWhiteSpace(text[^1])))
            {
                text.Append(isBlank ? ' ' : character);
            }
        }
    }

    private static void Break(StringBuilder text, int lines)
    {
        while (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }

        var have = 0;
        while (have < text.Length && text[^(have + 1)] == '\n')
        {
            have++;
        }

        text.Append('\n', text.Length == 0 ? 0 : Math.Max(0, lines - have));
    }
}
