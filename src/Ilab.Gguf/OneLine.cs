namespace Ilab.Gguf;

/// <summary>Files of strangers may hold anything; what is quoted of them in a message is one line of a length that can be read.</summary>
public static class OneLine
{
    /// <param name="longest">Characters; of longer texts the beginning and the end are kept.</param>
    public static string Of(string text, int longest)
    {
        var shown = text;
        if (text.Length > longest)
        {
            var (end, start) = (longest / 2, text.Length - (longest / 2));
            end -= char.IsHighSurrogate(text[end - 1]) ? 1 : 0;
            start += char.IsLowSurrogate(text[start]) ? 1 : 0;
            shown = string.Concat(text.AsSpan(0, end), "...", text.AsSpan(start));
        }

        return shown.Any(char.IsControl) ? string.Concat(shown.Select(static character => char.IsControl(character) ? '?' : character)) : shown;
    }
}
