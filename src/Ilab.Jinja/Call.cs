using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ilab.Jinja;

/// <summary>Filters (<c>x | name(...)</c>), methods (<c>x.name(...)</c>) and functions (<c>range(...)</c>).</summary>
internal sealed class Call(string name, Expression? target, IReadOnlyList<Expression> arguments) : Expression
{
    private const int LongestRange = 100_000;
    private static readonly JsonSerializerOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override object? Value(Scope scope)
    {
        scope.Budget.Step();
        if (target is null)
        {
            return name == "range" ? Range(scope) : throw new TemplateException($"there is no function {name}");
        }

        if (name is "default" or "d")
        {
            return target.IsDefined(scope) && (Argument(scope, 1) is not true || Values.IsTrue(target.Value(scope)))
                ? target.Value(scope)
                : Argument(scope, 0) ?? "";
        }

        var value = target.Value(scope);
        return value switch
        {
            IDictionary<string, object?> mapping when name is "items" or "keys" or "values" or "get" => OfMapping(mapping, scope),
            _ => OfAny(value, scope),
        };
    }

    private object? OfMapping(IDictionary<string, object?> mapping, Scope scope) =>
        name switch
        {
            "items" => mapping.Select(static object? (pair) => new List<object?> { pair.Key, pair.Value }).ToList(),
            "keys" => mapping.Keys.Cast<object?>().ToList(),
            "values" => mapping.Values.ToList(),
            _ => mapping.TryGetValue(Values.Text(Argument(scope, 0)), out var found) ? found : Argument(scope, 1),
        };

    private object? OfAny(object? value, Scope scope) =>
        name switch
        {
            "length" or "count" => value switch
            {
                string text => (long)text.Length,
                List<object?> list => list.Count,
                IDictionary<string, object?> mapping => mapping.Count,
                _ => throw Wrong(),
            },
            "join" when value is List<object?> list => string.Join(Argument(scope, 0) is { } separator ? Values.Text(separator) : "", list.Select(Values.Text)),
            "join" when value is string glue && Argument(scope, 0) is List<object?> parts => string.Join(glue, parts.Select(Values.Text)),
            "first" => List(value).FirstOrDefault(),
            "last" => List(value).LastOrDefault(),
            "list" => List(value),
            "reverse" => List(value).AsEnumerable().Reverse().ToList(),
            "unique" => List(value).DistinctBy(Values.Text).ToList(),
            "int" => Values.AsNumber(value) is { } number ? (long)number
            : long.TryParse(Values.Text(value), out var whole) ? whole
            : 0L,
            "float" => Values.AsNumber(value)
                ?? (double.TryParse(Values.Text(value), System.Globalization.CultureInfo.InvariantCulture, out var parsed) ? parsed : 0.0),
            "string" => Values.Text(value),
            "tojson" => Values.ToJson(value)?.ToJsonString(Writing) ?? "null",
            "safe" => value,
            "abs" when value is long whole => Math.Abs(whole),
            "abs" when value is double number => Math.Abs(number),
            "round" when Values.AsNumber(value) is { } number => Math.Round(number, Argument(scope, 0) is long digits ? (int)Math.Clamp(digits, 0, 15) : 0),
            _ => OfText(Values.Text(value), scope),
        };

    private object? OfText(string text, Scope scope) =>
        name switch
        {
            "upper" => text.ToUpperInvariant(),
            "lower" => text.ToLowerInvariant(),
            "title" => string.Concat(
                text.Select((c, index) => index == 0 || !char.IsLetter(text[index - 1]) ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c))
            ),
            "capitalize" => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant(),
            "trim" or "strip" => Argument(scope, 0) is string set ? text.Trim(set.ToCharArray()) : text.Trim(),
            "lstrip" => Argument(scope, 0) is string set ? text.TrimStart(set.ToCharArray()) : text.TrimStart(),
            "rstrip" => Argument(scope, 0) is string set ? text.TrimEnd(set.ToCharArray()) : text.TrimEnd(),
            "replace" when Argument(scope, 0) is string { Length: > 0 } old && Argument(scope, 1) is string with => text.Replace(
                old,
                with,
                StringComparison.Ordinal
            ),
            "split" => (
                Argument(scope, 0) is string { Length: > 0 } separator
                    ? text.Split(separator)
                    : text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            )
                .Cast<object?>()
                .ToList(),
            "splitlines" => text.ReplaceLineEndings("\n").Split('\n').Cast<object?>().ToList(),
            "startswith" when Argument(scope, 0) is string start => text.StartsWith(start, StringComparison.Ordinal),
            "endswith" when Argument(scope, 0) is string end => text.EndsWith(end, StringComparison.Ordinal),
            "wordcount" => (long)text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length,
            "indent" => text.Replace(
                "\n",
                "\n" + new string(' ', Argument(scope, 0) is long width ? (int)Math.Clamp(width, 0, 100) : 4),
                StringComparison.Ordinal
            ),
            "truncate" => Argument(scope, 0) is long longest && text.Length > longest ? text[..(int)Math.Max(0, longest - 3)] + "..." : text,
            _ => throw Wrong(),
        };

    private List<object?> Range(Scope scope)
    {
        var numbers = arguments.Select(argument => argument.Value(scope) as long? ?? throw Wrong()).ToArray();
        var (start, end, step) = numbers.Length switch
        {
            1 => (0, numbers[0], 1),
            2 => (numbers[0], numbers[1], 1),
            3 => (numbers[0], numbers[1], numbers[2]),
            _ => throw Wrong(),
        };
        if (step == 0 || Math.Abs((end - start) / step) > LongestRange)
        {
            throw new TemplateException("the range is too long");
        }

        var list = new List<object?>();
        for (var number = start; step > 0 ? number < end : number > end; number += step)
        {
            list.Add(number);
        }

        return list;
    }

    private object? Argument(Scope scope, int index) => index < arguments.Count ? arguments[index].Value(scope) : null;

    private List<object?> List(object? value) =>
        value switch
        {
            List<object?> list => list,
            string text => [.. text.Select(static object? (c) => c.ToString())],
            IDictionary<string, object?> mapping => [.. mapping.Keys],
            _ => throw Wrong(),
        };

    private TemplateException Wrong() => new($"{name} cannot be used like that, or is not known");
}
