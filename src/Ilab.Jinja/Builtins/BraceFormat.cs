using System.Globalization;
using System.Text;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Python's <c>str.format</c>.</summary>
internal static class BraceFormat
{
    public static string Apply(string format, Arguments arguments, Runtime runtime)
    {
        var (output, next) = (new StringBuilder(), 0);
        for (var i = 0; i < format.Length; i++)
        {
            var c = format[i];
            if (c is not ('{' or '}'))
            {
                output.Append(c);
            }
            else if (i + 1 < format.Length && format[i + 1] == c)
            {
                output.Append(c);
                i++;
            }
            else
            {
                var end = c == '{' ? format.IndexOf('}', i) : -1;
                if (end < 0)
                {
                    throw new TemplateException($"Single '{c}' encountered in format string");
                }

                output.Append(Field(format[(i + 1)..end], arguments, ref next, runtime));
                i = end;
            }
        }

        return runtime.Text(output.ToString());
    }

    private static string Field(string field, Arguments arguments, ref int next, Runtime runtime)
    {
        var colon = field.IndexOf(':', StringComparison.Ordinal);
        var (path, spec) = colon < 0 ? (field, "") : (field[..colon], field[(colon + 1)..]);
        var bang = path.IndexOf('!', StringComparison.Ordinal);
        var conversion = bang < 0 ? "" : path[(bang + 1)..];
        path = bang < 0 ? path : path[..bang];
        var nameEnd = path.AsSpan().IndexOfAny('.', '[') is >= 0 and var at ? at : path.Length;
        var value = First(path[..nameEnd], arguments, ref next);
        foreach (var part in path[nameEnd..].Split('.', '['))
        {
            if (part.Length > 0)
            {
                value = part.EndsWith(']') ? Members.Path(value, part[..^1], runtime) : Members.Attribute(value, part, runtime);
            }
        }

        value = conversion switch
        {
            "r" => Repr.Of(value, runtime),
            "s" => Repr.Text(value, runtime),
            _ => value,
        };
        return spec.Length == 0 ? Repr.Text(value, runtime) : FormatSpec.Parse(spec).Apply(value, runtime);
    }

    private static object? First(string name, Arguments arguments, ref int next)
    {
        var index =
            name.Length == 0 ? next++
            : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given
            : -1;
        if (index >= 0)
        {
            return index < arguments.Positional.Count
                ? arguments.Positional[index]
                : throw new TemplateException($"Replacement index {index} out of range for positional args tuple");
        }

        foreach (var (key, value) in arguments.Named)
        {
            if (key == name)
            {
                return value;
            }
        }

        throw new TemplateException($"format: no argument '{name}'");
    }
}
