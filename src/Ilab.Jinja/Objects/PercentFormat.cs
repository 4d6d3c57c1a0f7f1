using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Ilab.Jinja.Objects;

/// <summary>Python's <c>text % values</c>.</summary>
internal static partial class PercentFormat
{
    public static string Apply(string format, object? values, Runtime runtime)
    {
        var (next, output, at) = (0, new StringBuilder(), 0);
        var tuple = values as TupleList;
        foreach (Match match in Placeholder().Matches(format))
        {
            output.Append(format, at, match.Index - at);
            at = match.Index + match.Length;
            var type = match.Groups["type"].Value;
            if (type == "%")
            {
                output.Append('%');
                continue;
            }

            var value = match.Groups["key"] is { Success: true } key ? Members(values, key.Value) : Next();
            var spec = new FormatSpec(
                match.Groups["flags"].Value.Contains('-', StringComparison.Ordinal) ? '<' : '>',
                match.Groups["flags"].Value.Contains('0', StringComparison.Ordinal),
                match.Groups["flags"].Value is var flags && flags.Contains('+', StringComparison.Ordinal) ? "+"
                    : flags.Contains(' ', StringComparison.Ordinal) ? " "
                    : "",
                false,
                match.Groups["width"] is { Length: > 0 } width ? int.Parse(width.Value, CultureInfo.InvariantCulture) : 0,
                match.Groups["precision"] is { Length: > 0 } precision ? int.Parse(precision.Value, CultureInfo.InvariantCulture) : null,
                type switch
                {
                    "r" or "a" => 's',
                    "i" or "u" => 'd',
                    _ => type[0],
                }
            );
            output.Append(
                spec.Apply(
                    type is "r" or "a" ? Repr.Of(value, runtime)
                        : type == "s" ? Repr.Text(value, runtime)
                        : value,
                    runtime
                )
            );
        }

        if (tuple is not null ? next < tuple.Count : next == 0 && values is not (Dict or List<object?> or Undefined) && !Placeholder().IsMatch(format))
        {
            throw new TemplateException("not all arguments converted during string formatting");
        }

        return runtime.Text(output.Append(format, at, format.Length - at).ToString());

        object? Next() =>
            next++ < (tuple?.Count ?? 1)
                ? tuple is null
                    ? values
                    : tuple[next - 1]
                : throw new TemplateException("not enough arguments for format string");
    }

    private static object? Members(object? values, string key) =>
        values is Dict dict && dict.TryGet(key, out var value) ? value : throw new TemplateException($"format requires a mapping with '{key}'");

    [GeneratedRegex(@"%(?:\((?<key>[^)]*)\))?(?<flags>[-+ 0#]*)(?<width>\d{0,4})(?:\.(?<precision>\d{1,3}))?(?<type>[sdriuafFgGeExXoc%])")]
    private static partial Regex Placeholder();
}
