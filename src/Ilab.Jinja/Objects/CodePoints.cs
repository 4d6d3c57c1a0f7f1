namespace Ilab.Jinja.Objects;

/// <summary>Texts by code points, as Python counts them.</summary>
internal static class CodePoints
{
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    public static int Length(string text) => HasPairs(text) ? text.Length - text.Where((c, i) => IsPair(text, i)).Count() : text.Length;

    public static IEnumerable<string> Each(string text)
    {
        Runtime.Charge(text.Length / 8);
        for (var at = 0; at < text.Length; at++)
        {
            if (IsPair(text, at))
            {
                yield return text.Substring(at++, 2);
            }
            else
            {
                yield return text[at].ToString();
            }
        }
    }

    /// <returns>Null when there is none at that index.</returns>
    public static string? At(string text, long index)
    {
        if (!HasPairs(text))
        {
            index = index < 0 ? index + text.Length : index;
            return index >= 0 && index < text.Length ? text[(int)index].ToString() : null;
        }

        index = index < 0 ? index + Length(text) : index;
        return index < 0 ? null : Each(text).ElementAtOrDefault((int)Math.Min(index, int.MaxValue));
    }

    public static string Slice(string text, long? from, long? to, long step)
    {
        if (!HasPairs(text))
        {
            var (start, count) = Slices.Range(text.Length, from, to, step);
            return step == 1
                ? text.Substring(start, count)
                : string.Create(
                    count,
                    (text, start, step),
                    static (span, state) =>
                    {
                        for (var i = 0; i < span.Length; i++)
                        {
                            span[i] = state.text[(int)(state.start + (i * state.step))];
                        }
                    }
                );
        }

        List<object?> points = [.. Each(text)];
        return string.Concat(Slices.Of(points, from, to, step));
    }

    /// <summary>An index in UTF-16 units as one in code points.</summary>
    public static long ToPoints(string text, int units) => units < 0 ? -1 : Length(text[..units]);

    /// <summary>An index in code points as one in UTF-16 units.</summary>
    public static int ToUnits(string text, long points) =>
        HasPairs(text) ? Each(text).Take((int)Math.Min(points, int.MaxValue)).Sum(static point => point.Length) : (int)Math.Min(points, text.Length);

    private static bool IsPair(string text, int at) => char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);

    private static bool HasPairs(string text)
    {
        Runtime.ChargeScan(text);
        return text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;
    }
}

/// <summary>Python's slices.</summary>
internal static class Slices
{
    public static List<object?> Of(List<object?> items, long? from, long? to, long step)
    {
        var (start, count) = Range(items.Count, from, to, step);
        var result = new List<object?>(count);
        for (var i = 0; i < count; i++)
        {
            result.Add(items[(int)(start + (i * step))]);
        }

        return result;
    }

    /// <returns>Index of the first item, and the number of items.</returns>
    public static (int Start, int Count) Range(int length, long? from, long? to, long step)
    {
        if (step == 0)
        {
            throw new TemplateException("slice step cannot be zero");
        }

        var (low, high) = step > 0 ? (0L, (long)length) : (-1L, length - 1L);
        var start = Bound(from, step > 0 ? low : high);
        var end = Bound(to, step > 0 ? high : low);
        step = Math.Clamp(step, -int.MaxValue, int.MaxValue);
        var count = step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step;
        return count <= 0 ? (0, 0) : ((int)start, (int)count);

        long Bound(long? index, long missing) =>
            index is not { } given ? missing : Math.Clamp(given < 0 ? Math.Max(given, -1L - length) + length : given, low, high);
    }
}
