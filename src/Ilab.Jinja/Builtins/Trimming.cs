using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Removes and adds characters at the ends of texts.</summary>
internal static class Trimming
{
    /// <param name="characters">Which ones; null = white space.</param>
    public static string Strip(string text, object? characters, bool isStart, bool isEnd, Runtime runtime)
    {
        var set = characters switch
        {
            null => null,
            string some => some,
            Undefined undefined when undefined.IsStrict => throw undefined.Error(),
            _ => throw new TemplateException($"strip arg must be None or str, not {Types.Name(characters)}"),
        };
        var (start, end) = (0, text.Length);
        while (isStart && start < end && Belongs(text[start]))
        {
            start++;
        }

        while (isEnd && end > start && Belongs(text[end - 1]))
        {
            end--;
        }

        return start == 0 && end == text.Length ? text : runtime.Text(text[start..end]);

        bool Belongs(char c) => set is null ? CodePoints.IsSpace(c) : set.Contains(c, StringComparison.Ordinal);
    }

    public static string Pad(string text, Arguments arguments, char align, Runtime runtime)
    {
        var missing = arguments.Whole(0, "width", 80) - CodePoints.Length(text);
        if (missing <= 0)
        {
            return text;
        }

        runtime.Allocate(missing > int.MaxValue / 2 ? long.MaxValue : 2 * (missing + text.Length));
        var fill = arguments.Text(1, "fillchar", " ") is [var only]
            ? only
            : throw new TemplateException("The fill character must be exactly one character long");
        var left = align switch
        {
            '<' => 0,
            '>' => missing,
            _ => (missing / 2) + (missing & (missing + CodePoints.Length(text)) & 1),
        };
        return new string(fill, (int)left) + text + new string(fill, (int)(missing - left));
    }

    public static string Zeros(string text, long width, Runtime runtime)
    {
        runtime.Allocate(width > int.MaxValue / 2 ? long.MaxValue : 2 * Math.Max(0, width));
        var sign = text.StartsWith('-') || text.StartsWith('+') ? text[..1] : "";
        return sign + text[sign.Length..].PadLeft((int)Math.Max(0, width - sign.Length), '0');
    }
}
