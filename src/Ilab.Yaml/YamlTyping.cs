using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Ilab.Yaml;

/// <summary>What plain words mean in YAML 1.1: <c>yes</c> is true, <c>012</c> is ten, <c>1:30</c> is ninety, <c>2024-01-01</c> is a date.</summary>
public static partial class YamlTyping
{
    public const string Prefix = "tag:yaml.org,2002:";

    private const int MostDigits = 4300;
    private static readonly string[] True = ["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
    private static readonly string[] False = ["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];

    public static string TextIdentity(string text) => "s:" + text;

    /// <summary>The short name of the type of a plain word.</summary>
    public static string NameOf(string text)
    {
        if (text.Length == 0)
        {
            return "null";
        }

        switch (text[0])
        {
            case '~' or 'n' or 'N' when text is "~" or "null" or "Null" or "NULL":
                return "null";
            case 'y' or 'Y' or 'n' or 'N' or 't' or 'T' or 'f' or 'F' or 'o' or 'O':
                return True.Contains(text) || False.Contains(text) ? "bool" : "str";
            case '<' when text == "<<":
                return "merge";
            case '=' when text == "=":
                return "value";
            case '-' or '+' or '.' or (>= '0' and <= '9'):
                return IsFloat(text) ? "float"
                    : IsInteger(text) ? "int"
                    : TimePattern().IsMatch(text) ? "timestamp"
                    : "str";
            default:
                return "str";
        }
    }

    /// <summary>Whether a plain word is a number with a point, as YAML 1.1 writes them.</summary>
    public static bool IsFloat(string text) => FloatPattern().IsMatch(text);

    /// <summary>Whether a plain word is an integer, as YAML 1.1 writes them: it may be one of no value, such as <c>0x_</c>.</summary>
    public static bool IsInteger(string text) => IntegerPattern().IsMatch(text);

    public static bool? Boolean(string text) =>
        text.ToLowerInvariant() switch
        {
            "yes" or "true" or "on" => true,
            "no" or "false" or "off" => false,
            _ => null,
        };

    /// <summary>The value of an integer as YAML 1.1 writes them; null when it is none, or too long for the reference.</summary>
    public static BigInteger? Integer(string text)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        var negative = digits.StartsWith('-');
        digits = digits.TrimStart('-', '+');
        if (digits.Length is 0 or > MostDigits)
        {
            return null;
        }

        BigInteger? value = digits switch
        {
            "0" => BigInteger.Zero,
            ['0', 'b', .. var binary] => Digits(binary, 2),
            ['0', 'x', .. var hexadecimal] => Digits(hexadecimal, 16),
            ['0', ..] => Digits(digits, 8),
            _ when digits.Contains(':', StringComparison.Ordinal) => Sexagesimal(digits),
            _ => Digits(digits, 10),
        };
        return negative ? -value : value;
    }

    public static double? Float(string text)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        var sign = digits.StartsWith('-') ? -1 : 1;
        digits = digits.TrimStart('-', '+');
        if (digits is ".inf" or ".nan")
        {
            return digits == ".inf" ? sign * double.PositiveInfinity : double.NaN;
        }

        double value = 0;
        foreach (var part in digits.Split(':'))
        {
            if (!double.TryParse(part, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            value = (value * 60) + number;
        }

        return sign * value;
    }

    /// <summary>The same for numbers that are equal, whole or not.</summary>
    public static string NumberIdentity(double value) =>
        double.IsFinite(value) && value == Math.Truncate(value) ? "n:" + new BigInteger(value) : "n:" + value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Whether a date or time that looks like one exists.</summary>
    public static bool IsTime(string text)
    {
        if (TimeParts().Match(text) is not { Success: true } match)
        {
            return false;
        }

        int Part(string name) => match.Groups[name].Success ? int.Parse(match.Groups[name].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        var (year, month, day) = (Part("year"), Part("month"), Part("day"));
        return year >= 1
            && month is >= 1 and <= 12
            && day >= 1
            && day <= DateTime.DaysInMonth(year, month)
            && Part("hour") <= 23
            && Part("minute") <= 59
            && Part("second") <= 59
            && (Part("zoneHour") * 60) + Part("zoneMinute") < 24 * 60;
    }

    private static BigInteger? Sexagesimal(string digits)
    {
        var value = BigInteger.Zero;
        foreach (var part in digits.Split(':'))
        {
            if (Digits(part, 10) is not { } number)
            {
                return null;
            }

            value = (value * 60) + number;
        }

        return value;
    }

    private static BigInteger? Digits(ReadOnlySpan<char> digits, int radix)
    {
        if (digits.Length == 0)
        {
            return null;
        }

        var value = BigInteger.Zero;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : radix;
            if (digit >= radix)
            {
                return null;
            }

            value = (value * radix) + digit;
        }

        return value;
    }

    [GeneratedRegex(
        @"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex FloatPattern();

    [GeneratedRegex(
        @"^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex IntegerPattern();

    [GeneratedRegex(
        @"^(?:[0-9]{4}-[0-9][0-9]-[0-9][0-9]|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9][0-9]:[0-9][0-9](?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9][0-9])?))?)$",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex TimePattern();

    [GeneratedRegex(
        @"^(?<year>[0-9]{4})-(?<month>[0-9][0-9]?)-(?<day>[0-9][0-9]?)(?:(?:[Tt]|[ \t]+)(?<hour>[0-9][0-9]?):(?<minute>[0-9][0-9]):(?<second>[0-9][0-9])(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+](?<zoneHour>[0-9][0-9]?)(?::(?<zoneMinute>[0-9][0-9]))?))?)?$"
    )]
    private static partial Regex TimeParts();
}
