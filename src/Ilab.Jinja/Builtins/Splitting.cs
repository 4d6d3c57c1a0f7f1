using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Python's ways to cut a text.</summary>
internal static class Splitting
{
    public static List<object?> Split(string text, Arguments arguments, Runtime runtime)
    {
        var left = arguments.Whole(1, "maxsplit", -1);
        left = left < 0 ? long.MaxValue : left;
        if (arguments.Get(0, "sep") is not { } given)
        {
            return Words(text, left, runtime);
        }

        var (separator, parts, at) = (Separator(given), new List<object?>(), 0);
        runtime.Allocate(2L * text.Length);
        for (int next; left > 0 && (next = text.IndexOf(separator, at, StringComparison.Ordinal)) >= 0; left--)
        {
            runtime.Allocate(56);
            parts.Add(text[at..next]);
            at = next + separator.Length;
        }

        parts.Add(text[at..]);
        return runtime.List(parts);
    }

    public static List<object?> SplitFromEnd(string text, Arguments arguments, Runtime runtime)
    {
        var left = arguments.Whole(1, "maxsplit", -1);
        if (left < 0)
        {
            return Split(text, arguments, runtime);
        }

        if (arguments.Get(0, "sep") is not { } given)
        {
            List<object?> words = [.. Words(Reverse(text), left, runtime).AsEnumerable().Reverse().Select(static word => Reverse((string)word!))];
            return runtime.List(words);
        }

        var (separator, parts, end) = (Separator(given), new List<object?>(), text.Length);
        runtime.Allocate(2L * text.Length);
        for (; left > 0 && end > 0; left--)
        {
            var next = text.AsSpan(0, end).LastIndexOf(separator);
            if (next < 0)
            {
                break;
            }

            runtime.Allocate(56);
            parts.Add(text[(next + separator.Length)..end]);
            end = next;
        }

        parts.Add(text[..end]);
        parts.Reverse();
        return runtime.List(parts);
    }

    public static List<object?> Lines(string text, bool keepsEnds, Runtime runtime)
    {
        var (lines, start) = (new List<object?>(), 0);
        runtime.Allocate(2L * text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029'))
            {
                continue;
            }

            runtime.Allocate(56);
            var end = i;
            i += text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 1 : 0;
            lines.Add(text[start..(keepsEnds ? i + 1 : end)]);
            start = i + 1;
        }

        if (start < text.Length)
        {
            lines.Add(text[start..]);
        }

        return runtime.List(lines);
    }

    public static TupleList Partition(string text, string separator, bool isLast, Runtime runtime)
    {
        separator = Separator(separator);
        runtime.Allocate(128 + (2L * text.Length));
        var at = isLast ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        return at >= 0 ? new TupleList([text[..at], separator, text[(at + separator.Length)..]])
            : isLast ? new TupleList(["", "", text])
            : new TupleList([text, "", ""]);
    }

    private static string Separator(object given) =>
        given switch
        {
            "" => throw new TemplateException("empty separator"),
            string separator => separator,
            Undefined undefined => throw undefined.Error(),
            _ => throw new TemplateException($"must be str or None, not {Types.Name(given)}"),
        };

    private static List<object?> Words(string text, long left, Runtime runtime)
    {
        var (words, at) = (new List<object?>(), 0);
        runtime.Allocate(2L * text.Length);
        while (true)
        {
            while (at < text.Length && CodePoints.IsSpace(text[at]))
            {
                at++;
            }

            if (at == text.Length)
            {
                return runtime.List(words);
            }

            var end = at;
            while (end < text.Length && (left == 0 || !CodePoints.IsSpace(text[end])))
            {
                end++;
            }

            runtime.Allocate(56);
            words.Add(text[at..end]);
            at = end;
            left--;
        }
    }

    private static string Reverse(string text)
    {
        var characters = text.ToCharArray();
        Array.Reverse(characters);
        return new string(characters);
    }
}
