using System.Globalization;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Builtins;

/// <summary>Filters for values of any type, and for numbers.</summary>
internal static class GeneralFilters
{
    public static Dictionary<string, FilterFunction> All { get; } =
        new()
        {
            ["default"] = Default,
            ["d"] = Default,
            ["string"] = static (value, _, runtime) => Repr.Text(value, runtime),
            ["safe"] = static (value, _, runtime) => Repr.Text(value, runtime),
            ["pprint"] = static (value, _, runtime) => Repr.Of(value, runtime),
            ["int"] = Int,
            ["float"] = static (value, arguments, runtime) => Float(value, runtime) ?? arguments.Get(0, "default", 0.0),
            ["abs"] = Abs,
            ["round"] = Round,
            ["length"] = Length,
            ["count"] = Length,
            ["attr"] = static (value, arguments, runtime) => Members.OnlyAttribute(value, arguments.Text(0, "name", ""), runtime),
            ["tojson"] = ToJson,
        };

    private static object? Default(object? value, Arguments arguments, Runtime runtime) =>
        value is Undefined || (arguments.Flag(1, "boolean") && !Types.IsTrue(value)) ? arguments.Get(0, "default_value", "") : value;

    private static object? Int(object? value, Arguments arguments, Runtime runtime)
    {
        switch (value)
        {
            case long or bool:
                return Numbers.AsWhole(value);
            case string text when arguments.Whole(1, "base", 10) is var radix and (2 or 8 or 16):
                try
                {
                    return Convert.ToInt64(text.Trim(), (int)radix);
                }
                catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentException)
                {
                    return arguments.Get(0, "default", 0L);
                }

            case string text
                when long.TryParse(
                    text.Trim().Replace("_", "", StringComparison.Ordinal),
                    NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture,
                    out var whole
                ):
                return whole;
            default:
                return Float(value, runtime) is { } number && Math.Abs(number) < 1L << 62 ? (long)number : arguments.Get(0, "default", 0L);
        }
    }

    private static double? Float(object? value, Runtime runtime)
    {
        if (value is Undefined undefined)
        {
            throw undefined.Error();
        }

        return Numbers.AsDouble(value)
            ?? (value is string text && double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null);
    }

    private static object? Abs(object? value, Arguments arguments, Runtime runtime) =>
        value switch
        {
            double number => Math.Abs(number),
            _ when Numbers.AsWhole(value) is { } whole => whole < 0 ? Numbers.Subtract(0, whole) : whole,
            _ => throw (value as Undefined)?.Error() ?? new TemplateException($"bad operand type for abs(): '{Types.Name(value)}'"),
        };

    private static object? Round(object? value, Arguments arguments, Runtime runtime)
    {
        if (Numbers.AsDouble(value) is not { } number)
        {
            throw (value as Undefined)?.Error() ?? new TemplateException($"type {Types.Name(value)} doesn't define __round__ method");
        }

        var digits = (int)Math.Clamp(arguments.Whole(0, "precision", 0), -300, 300);
        var method = arguments.Text(1, "method", "common");
        if (method == "common")
        {
            return value is not (long or bool) ? Nearest(number, digits)
                : digits >= 0 ? Numbers.AsWhole(value)
                : (long)Nearest(number, digits);
        }

        var scale = Math.Pow(10, digits);
        return method == "ceil" ? Math.Ceiling(number * scale) / scale : Math.Floor(number * scale) / scale;
    }

    /// <summary>The nearest number with so many digits; halves go to the even one.</summary>
    private static double Nearest(double number, int digits)
    {
        if (digits is < 0 or > 22)
        {
            return digits > 0 ? number : Math.Round(number / Math.Pow(10, -digits)) * Math.Pow(10, -digits);
        }

        var scale = Math.Pow(10, digits);
        var scaled = number * scale;
        var isHalf = Math.FusedMultiplyAdd(number, scale, -scaled) == 0 && Math.Abs(scaled - Math.Truncate(scaled)) == 0.5;
        return digits == 0 || isHalf
            ? Math.Round(scaled) / scale
            : double.Parse(number.ToString("F" + digits, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static object? Length(object? value, Arguments arguments, Runtime runtime) =>
        Types.Length(value) ?? throw new TemplateException($"object of type '{Types.Name(value)}' has no len()");

    private static object? ToJson(object? value, Arguments arguments, Runtime runtime)
    {
        var indent = arguments.Get(1, "indent") switch
        {
            null => null,
            string text => text,
            var width => new string(' ', (int)Math.Clamp(Numbers.AsWhole(width) ?? throw new TemplateException("indent must be a number or a text"), 0, 1000)),
        };
        var separators = arguments.Get(2, "separators") is { } given ? Types.Items(given, runtime) : [indent is null ? ", " : ",", ": "];
        return separators is [string item, string key]
            ? new Json(runtime, arguments.Flag(0, "ensure_ascii"), indent, item, key, arguments.Flag(3, "sort_keys")).Dump(value)
            : throw new TemplateException("separators must be two texts");
    }
}
