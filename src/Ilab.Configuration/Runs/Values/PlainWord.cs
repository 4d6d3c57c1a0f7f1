using System.Numerics;
using Ilab.Yaml;

namespace Ilab.Configuration.Runs.Values;

public enum PlainKind
{
    Text,
    Null,
    Bool,
    Int,
    Float,

    /// <summary><c>&lt;&lt;</c> and <c>=</c>, which have a meaning of their own.</summary>
    Special,

    /// <summary>Looks like a number and is none, or is too large for one.</summary>
    Damaged,
}

/// <summary>
/// What a word without quotes means: YAML 1.1 with the two changes of the reference: <c>1e-4</c> is a number, <c>2024-01-01</c> is text.
/// </summary>
public static class PlainWord
{
    public static PlainKind Read(string text, out object? value)
    {
        value = null;
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return PlainKind.Null;
            case "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON":
                value = true;
                return PlainKind.Bool;
            case "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF":
                value = false;
                return PlainKind.Bool;
            case "<<" or "=":
                return PlainKind.Special;
            default:
                break;
        }

        if (text[0] is not ('-' or '+' or '.' or (>= '0' and <= '9')))
        {
            value = text;
            return PlainKind.Text;
        }

        var kind =
            IsFloat(text) ? PlainKind.Float
            : IsInteger(text) ? PlainKind.Int
            : PlainKind.Text;
        value = kind switch
        {
            PlainKind.Float => YamlTyping.Float(text),
            PlainKind.Int => Integer(text),
            _ => text,
        };
        return value is null ? PlainKind.Damaged : kind;
    }

    /// <summary>The value of an integer as YAML 1.1 writes it; null when it is none or beyond 128 bits.</summary>
    public static Int128? Integer(string text) =>
        YamlTyping.Integer(text) is { } value && value <= (BigInteger)Int128.MaxValue && value >= -(BigInteger)Int128.MaxValue ? (Int128)value : null;

    private static bool IsInteger(string text)
    {
        var digits = Unsigned(text);
        return digits switch
        {
            "" => false,
            "0" => true,
            ['0', 'b', .. var rest] => rest.Length > 0 && rest.All(static c => c is '0' or '1' or '_'),
            ['0', 'x', .. var rest] => rest.Length > 0 && rest.All(static c => char.IsAsciiHexDigit(c) || c == '_'),
            ['0', .. var rest] => rest.All(static c => c is (>= '0' and <= '7') or '_'),
            [>= '1' and <= '9', ..] => IsSixty(digits.Split(':')),
            _ => false,
        };
    }

    private static bool IsFloat(string text)
    {
        if (text is ".nan" or ".NaN" or ".NAN" || Unsigned(text) is ".inf" or ".Inf" or ".INF")
        {
            return true;
        }

        // Without digits in front of the point there is no sign either.
        var isBare = text[0] == '.';
        var digits = isBare ? text : Unsigned(text);
        var end = 0;
        while (end < digits.Length && (char.IsAsciiDigit(digits[end]) || (end > 0 && digits[end] == '_')))
        {
            end++;
        }

        if (end == 0 && !isBare)
        {
            return false;
        }

        var rest = digits[end..];
        if (rest.Contains(':', StringComparison.Ordinal))
        {
            var dot = digits.IndexOf('.', StringComparison.Ordinal);
            return !isBare && dot > 0 && IsSixty(digits[..dot].Split(':'), 2) && digits[(dot + 1)..].All(IsDigit);
        }

        var (fraction, exponent) = rest.IndexOfAny(['e', 'E']) is var at and >= 0 ? (rest[..at], rest[(at + 1)..]) : (rest, null);
        var hasPoint = fraction.StartsWith('.');
        if (exponent is null && !hasPoint)
        {
            return false;
        }

        var isSigned = exponent is ['-' or '+', ..];
        return (fraction.Length == 0 || hasPoint)
            && fraction.AsSpan(hasPoint ? 1 : 0).IndexOfAnyExcept("0123456789_") < 0
            && (!isBare || fraction.Length > 1)
            && (exponent is null || ((isSigned || !isBare) && exponent.Length > (isSigned ? 1 : 0) && exponent.Skip(isSigned ? 1 : 0).All(char.IsAsciiDigit)));
    }

    private static bool IsDigit(char c) => char.IsAsciiDigit(c) || c == '_';

    private static string Unsigned(string text) => text[0] is '-' or '+' ? text[1..] : text;

    /// <summary>Digits, then parts below sixty.</summary>
    private static bool IsSixty(string[] parts, int least = 1) =>
        parts.Length >= least
        && parts[0].Length > 0
        && char.IsAsciiDigit(parts[0][0])
        && parts[0].All(IsDigit)
        && parts.Skip(1).All(static part => part is [>= '0' and <= '9'] or [>= '0' and <= '5', >= '0' and <= '9']);
}
