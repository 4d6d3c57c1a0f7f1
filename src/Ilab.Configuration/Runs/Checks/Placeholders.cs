using System.Text;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Texts with {names} in them, as Python formats them.</summary>
internal static class Placeholders
{
    private static readonly Dictionary<string, string> Nothing = [];

    /// <summary>The names that are left after the values were filled in; null when the braces of the text do not match.</summary>
    public static HashSet<string>? Names(string text, IReadOnlyDictionary<string, string> values) =>
        Walk(text, values, out var filled, out _) is null || Walk(filled, Nothing, out _, out _) is not { } found
            ? null
            : found.Select(static one => one.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>The names of a text and where their braces are; null when the braces do not match.</summary>
    /// <param name="fault">The brace without another.</param>
    public static IReadOnlyList<(string Name, int Index)>? Find(string text, out int fault) => Walk(text, Nothing, out _, out fault);

    private static List<(string Name, int Index)>? Walk(string text, IReadOnlyDictionary<string, string> values, out string filled, out int fault)
    {
        var names = new List<(string, int)>();
        var output = new StringBuilder();
        (filled, fault) = ("", -1);
        for (var index = 0; index < text.Length; index++)
        {
            var c = text[index];
            if (c is not ('{' or '}'))
            {
                output.Append(c);
                continue;
            }

            if (index + 1 < text.Length && text[index + 1] == c)
            {
                output.Append(c);
                index++;
                continue;
            }

            var end = c == '{' ? End(text, index) : -1;
            var inside = end < 0 ? "{" : text[(index + 1)..end];
            var stop = inside.IndexOfAny(['.', '[', '!', ':']);
            var name = stop < 0 ? inside : inside[..stop];
            if (name.Contains('{', StringComparison.Ordinal))
            {
                fault = index;
                return null;
            }

            if (values.TryGetValue(name, out var value))
            {
                output.Append(value);
            }
            else
            {
                names.Add((name, index));
                output.Append('{').Append(name).Append('}');
            }

            index = end;
        }

        filled = output.ToString();
        return names;
    }

    /// <summary>The brace that closes the one at a place: what follows a name may have names in it, as in {score:.{digits}f}. -1 = there is none.</summary>
    private static int End(string text, int index)
    {
        for (var depth = 0; index < text.Length; index++)
        {
            depth += text[index] switch
            {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if (depth == 0)
            {
                return index;
            }
        }

        return -1;
    }
}
