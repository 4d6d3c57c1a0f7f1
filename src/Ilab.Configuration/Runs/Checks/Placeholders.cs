using System.Text;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Texts with {names} in them, as Python formats them.</summary>
internal static class Placeholders
{
    /// <summary>The names that are left after the values were filled in; null when the braces of the text do not match.</summary>
    public static HashSet<string>? Names(string text, IReadOnlyDictionary<string, string> values) =>
        Walk(text, values, out var filled) is null ? null : Walk(filled, new Dictionary<string, string>(), out _);

    private static HashSet<string>? Walk(string text, IReadOnlyDictionary<string, string> values, out string filled)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var output = new StringBuilder();
        filled = "";
        for (var index = 0; index < text.Length; index++)
        {
            var c = text[index];
            if (c is '{' or '}' && index + 1 < text.Length && text[index + 1] == c)
            {
                output.Append(c);
                index++;
            }
            else if (c == '}')
            {
                return null;
            }
            else if (c == '{')
            {
                var end = text.IndexOf('}', index);
                if (end < 0)
                {
                    return null;
                }

                var inside = text[(index + 1)..end];
                var stop = inside.IndexOfAny(['.', '[', '!', ':']);
                var name = stop < 0 ? inside : inside[..stop];
                if (values.TryGetValue(name, out var value))
                {
                    output.Append(value);
                }
                else
                {
                    names.Add(name);
                    output.Append('{').Append(name).Append('}');
                }

                index = end;
            }
            else
            {
                output.Append(c);
            }
        }

        filled = output.ToString();
        return names;
    }
}
