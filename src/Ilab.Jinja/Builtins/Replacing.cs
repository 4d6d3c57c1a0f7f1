using System.Text;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Python's <c>replace</c>.</summary>
internal static class Replacing
{
    /// <param name="count">How many at most; negative = all.</param>
    public static string Replace(string text, string old, string with, long count, Runtime runtime)
    {
        var found = old.Length == 0 ? text.Length + 1L : text.AsSpan().Count(old);
        runtime.Allocate(24 + (2L * text.Length) + (2L * with.Length * found));
        if (old.Length > 0 && count < 0)
        {
            return text.Replace(old, with, StringComparison.Ordinal);
        }

        var (output, at) = (new StringBuilder(), 0);
        var left = count < 0 ? long.MaxValue : count;
        if (old.Length == 0)
        {
            foreach (var point in CodePoints.Each(text))
            {
                output.Append(left-- > 0 ? with : "").Append(point);
            }

            return output.Append(left > 0 ? with : "").ToString();
        }

        for (int next; left > 0 && (next = text.IndexOf(old, at, StringComparison.Ordinal)) >= 0; left--)
        {
            output.Append(text, at, next - at).Append(with);
            at = next + old.Length;
        }

        return output.Append(text, at, text.Length - at).ToString();
    }
}
