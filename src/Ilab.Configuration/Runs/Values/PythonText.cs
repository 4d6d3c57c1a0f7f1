using System.Globalization;

namespace Ilab.Configuration.Runs.Values;

/// <summary>Values to text and back as the reference does it, which is what Python does.</summary>
public static class PythonText
{
    /// <summary><c>True</c>, <c>5</c>, <c>0.0001</c>, <c>1e-05</c>; a text is itself, null is <c>None</c>.</summary>
    public static string Of(object? value) =>
        value switch
        {
            null => "None",
            bool flag => flag ? "True" : "False",
            Int128 number => number.ToString(CultureInfo.InvariantCulture),
            double number => Of(number),
            _ => (string)value,
        };

    /// <summary>The shortest digits that mean the number; an exponent below 1e-4 and from 1e16 on.</summary>
    public static string Of(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan"
                : value > 0 ? "inf"
                : "-inf";
        }

        // The digits and the exponent of the first of them, from the shortest text that means the number.
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var (mantissaText, exponentText) = shortest.Split('E') is [var head, var tail] ? (head, tail) : (shortest, "0");
        var parts = mantissaText.TrimStart('-').Split('.');
        var all = parts[0] + (parts.Length > 1 ? parts[1] : "");
        var digits = all.TrimStart('0').TrimEnd('0');
        var exponent = int.Parse(exponentText, CultureInfo.InvariantCulture) + parts[0].Length - 1 - (all.Length - all.TrimStart('0').Length);
        var sign = double.IsNegative(value) ? "-" : "";
        if (digits.Length == 0)
        {
            return sign + "0.0";
        }

        if (exponent is < -4 or >= 16)
        {
            var mantissa = digits.Length == 1 ? digits : digits[..1] + "." + digits[1..];
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        return exponent < 0 ? sign + "0." + new string('0', -exponent - 1) + digits
            : digits.Length <= exponent + 1 ? sign + digits.PadRight(exponent + 1, '0') + ".0"
            : sign + digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];
    }

    /// <summary>Blanks around, a sign, decimal digits with single underscores between them.</summary>
    public static Int128? Whole(string text)
    {
        var digits = text.Trim();
        return
            IsDigits(digits.StartsWith('-') || digits.StartsWith('+') ? digits[1..] : digits)
            && Int128.TryParse(digits.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
    }

    /// <summary>As <see cref="Whole"/>, with a fraction and an exponent; also <c>inf</c>, <c>infinity</c> and <c>nan</c> in any case.</summary>
    public static double? Number(string text)
    {
        var trimmed = text.Trim();
        var word = trimmed.TrimStart('-', '+').ToLowerInvariant();
        if (trimmed.Length - word.Length > 1)
        {
            return null;
        }

        if (word is "inf" or "infinity" or "nan")
        {
            return word == "nan" ? double.NaN
                : trimmed[0] == '-' ? double.NegativeInfinity
                : double.PositiveInfinity;
        }

        var (mantissa, exponent) = word.IndexOf('e', StringComparison.Ordinal) is var at and >= 0 ? (word[..at], word[(at + 1)..]) : (word, "0");
        var parts = mantissa.Split('.');
        var isNumber =
            parts.Length <= 2
            && parts.Any(static part => part.Length > 0)
            && parts.All(static part => part.Length == 0 || IsDigits(part))
            && IsDigits(exponent is ['-' or '+', .. var rest] ? rest : exponent);
        return
            isNumber
            && double.TryParse(
                trimmed.Replace("_", "", StringComparison.Ordinal),
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture,
                out var value
            )
            ? value
            : null;
    }

    private static bool IsDigits(string text) =>
        text.Length > 0
        && char.IsAsciiDigit(text[0])
        && char.IsAsciiDigit(text[^1])
        && !text.Contains("__", StringComparison.Ordinal)
        && text.All(static c => char.IsAsciiDigit(c) || c == '_');
}
