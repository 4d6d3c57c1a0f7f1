using System.Globalization;
using System.Text.RegularExpressions;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>What was probably meant by a text that is nearly a number; empty = that cannot be told.</summary>
internal static partial class NumberHints
{
    private const int Most = 60;

    public static string Find(string text, bool isWhole)
    {
        var plain = text.Length > Most ? "" : Ascii(text.Trim());
        if (Grouped().IsMatch(plain))
        {
            return $"write {plain.Replace(",", "", StringComparison.Ordinal)}";
        }

        if (DecimalComma().IsMatch(plain))
        {
            return isWhole ? "" : $"write {plain.Replace(',', '.')}";
        }

        if (Measured().Match(plain) is not { Success: true } match)
        {
            return "";
        }

        var (number, unit) = (match.Groups["number"].Value, match.Groups["unit"].Value);
        if (unit == "%" && !isWhole && decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var percent))
        {
            return $"write {(percent / 100).ToString("0.#################", CultureInfo.InvariantCulture)}";
        }

        return isWhole && number.AsSpan().IndexOfAny('.', 'e', 'E') >= 0 ? ""
            : unit.Length == 0 || char.IsPunctuation(unit[0]) ? $"write {number}"
            : $"write the number without {unit}";
    }

    /// <summary>Digits and minus signs of other scripts and fonts as those of ASCII.</summary>
    private static string Ascii(string text) =>
        string.Concat(
            text.Select(static c =>
                c is '\u2212' or '\u2013' or '\uFF0D' ? '-'
                : c > '\u007F' && char.IsDigit(c) ? (char)('0' + (int)char.GetNumericValue(c))
                : c
            )
        );

    [GeneratedRegex(@"^[-+]?[0-9]{1,3}(?:,[0-9]{3})+$")]
    private static partial Regex Grouped();

    [GeneratedRegex(@"^[-+]?[0-9]+,[0-9]+$")]
    private static partial Regex DecimalComma();

    [GeneratedRegex(@"^(?<number>[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?) ?(?<unit>%|[a-zA-Z]{1,8}|[;,.]?)$")]
    private static partial Regex Measured();
}
