using System.Globalization;
using System.Text;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Writing;

/// <summary>Single values as YAML that every reader takes for the same: this library, Oumi, and plain YAML 1.1 and 1.2.</summary>
internal static class ScalarText
{
    private const string Indicators = "-?:,[]{}#&*!|>'\"%@`=<$ \t";

    public static string Of(object? value) =>
        value switch
        {
            null => "null",
            bool flag => flag ? "true" : "false",
            Int128 whole => whole.ToString(CultureInfo.InvariantCulture),
            double number => Number(number),
            _ => Text((string)value),
        };

    /// <summary>The text on one line: without quotes where that is safe.</summary>
    public static string Text(string text)
    {
        if (IsPlain(text))
        {
            return text;
        }

        return text.All(IsPrintable) ? $"'{text.Replace("'", "''", StringComparison.Ordinal)}'" : Escaped(text);
    }

    /// <summary>Whether the text can stand as lines of its own, indented below a |.</summary>
    public static bool IsBlock(string text) =>
        text.Contains('\n', StringComparison.Ordinal) && text.Trim('\n').Length > 0 && text.All(static c => c is '\n' or '\t' || IsPrintable(c));

    /// <summary>What stands after the key for <see cref="IsBlock"/>: how the lines end, and how deep they are when that cannot be seen.</summary>
    public static string BlockHead(string text, int indentation) =>
        "|"
        + (text[0] is ' ' or '\t' or '\n' ? indentation.ToString(CultureInfo.InvariantCulture) : "")
        + (
            !text.EndsWith('\n') ? "-"
            : text.EndsWith("\n\n", StringComparison.Ordinal) ? "+"
            : ""
        );

    private static string Number(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? ".nan"
                : number > 0 ? ".inf"
                : "-.inf";
        }

        var text = PythonText.Of(number);
        var exponent = text.IndexOf('e', StringComparison.Ordinal);
        return exponent < 0 || text.Contains('.', StringComparison.Ordinal) ? text : text.Insert(exponent, ".0");
    }

    private static bool IsPlain(string text) =>
        text.Length is > 0 and <= 1000
        && !Indicators.Contains(text[0], StringComparison.Ordinal)
        && text[^1] is not (' ' or ':' or '\t')
        && text.All(static c => IsPrintable(c) && c != '\t')
        && !text.Contains(": ", StringComparison.Ordinal)
        && !text.Contains(" #", StringComparison.Ordinal)
        && !text.StartsWith("...", StringComparison.Ordinal)
        && text is not ("y" or "Y" or "n" or "N")
        && PlainWord.Read(text, out _) == PlainKind.Text
        && PythonText.Number(text) is null
        && !(char.IsAsciiDigit(text[0]) && text.AsSpan().IndexOfAnyExcept("0123456789-:.TZ+oxe ") < 0);

    private static bool IsPrintable(char c) =>
        c is (>= ' ' and <= '~') or (>= '\u00A0' and <= '\u2027') or (>= '\u202A' and <= '\uFEFE') or (>= '\uFF00' and <= '\uFFFD');

    private static string Escaped(string text)
    {
        var output = new StringBuilder("\"");
        for (var index = 0; index < text.Length; index++)
        {
            var c = text[index];
            _ = c switch
            {
                '"' => output.Append("\\\""),
                '\\' => output.Append("\\\\"),
                '\n' => output.Append("\\n"),
                '\r' => output.Append("\\r"),
                '\t' => output.Append("\\t"),
                // Oumi writes a backslash in front of a brace after a dollar, which is no escape inside of these quotes.
                '$' when index + 1 < text.Length && text[index + 1] == '{' => output.Append("\\x24"),
                _ when IsPrintable(c) => output.Append(c),
                _ => output.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
            };
        }

        return output.Append('"').ToString();
    }
}
