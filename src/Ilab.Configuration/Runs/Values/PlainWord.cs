using System.Numerics;
using System.Text.RegularExpressions;
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
public static partial class PlainWord
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
            YamlTyping.IsFloat(text) || MoreFloats().IsMatch(text) ? PlainKind.Float
            : YamlTyping.IsInteger(text) ? PlainKind.Int
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

    /// <summary>Beside the numbers of YAML 1.1: an exponent needs neither point nor sign, and a point no digit behind it.</summary>
    [GeneratedRegex(@"^(?:[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?[eE][-+]?[0-9]+|\.[0-9_]+(?:[eE][-+][0-9]+)?)$", RegexOptions.NonBacktracking)]
    private static partial Regex MoreFloats();
}
