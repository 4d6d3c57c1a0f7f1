namespace Ilab.Cli.Terminal;

/// <summary>
/// Multi-line entries: a line ending in `\` continues on the next one; text between <c>"""</c> and <c>"""</c> may span lines.
/// </summary>
public static class MultiLine
{
    private const string Quotes = "\"\"\"";

    /// <summary>False when Enter should start another line instead of submitting.</summary>
    public static bool IsComplete(string text)
    {
        int open = text.IndexOf(Quotes, StringComparison.Ordinal);
        if (open >= 0 && OpensBlock(text, open))
            return text.IndexOf(Quotes, open + Quotes.Length, StringComparison.Ordinal) >= 0;
        return !EndsInContinuation(text);
    }

    /// <summary>The entry without continuation marks and quotes.</summary>
    public static string Unwrap(string text)
    {
        int open = text.IndexOf(Quotes, StringComparison.Ordinal);
        if (open >= 0 && OpensBlock(text, open))
        {
            int bodyStart = open + Quotes.Length;
            int close = text.IndexOf(Quotes, bodyStart, StringComparison.Ordinal);
            string body = close < 0 ? text[bodyStart..] : text[bodyStart..close];
            string after = close < 0 ? "" : text[(close + Quotes.Length)..];
            return text[..open] + TrimLineEnds(body) + after.TrimEnd();
        }

        return text.Replace("\\\n", "\n", StringComparison.Ordinal);
    }

    // A block opens at the start of a message, or as the argument of a command: /system """ ...
    private static bool OpensBlock(string text, int open) => text.AsSpan(0, open).Trim().IsEmpty || text.StartsWith('/');

    private static bool EndsInContinuation(string text)
    {
        int slashes = text.Length - text.AsSpan().TrimEnd('\\').Length;
        return slashes % 2 == 1;
    }

    private static string TrimLineEnds(string body)
    {
        ReadOnlySpan<char> trimmed = body;
        if (trimmed.StartsWith("\n"))
            trimmed = trimmed[1..];
        if (trimmed.EndsWith("\n"))
            trimmed = trimmed[..^1];
        return trimmed.ToString();
    }
}
