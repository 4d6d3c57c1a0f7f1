using System.Globalization;
using System.Text;

namespace Ilab.Jinja.Builtins;

/// <summary>Python's <c>strftime</c> in the C locale; a <c>-</c> after the percent sign drops leading zeros.</summary>
internal static class Strftime
{
    public static string Format(DateTimeOffset time, string format)
    {
        var output = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                output.Append(format[i]);
                continue;
            }

            var isBare = format[i + 1] == '-' && i + 2 < format.Length;
            i += isBare ? 2 : 1;
            var text = Part(time, format[i]);
            output.Append(isBare && text.Length > 1 ? text[..^1].TrimStart('0', ' ') + text[^1] : text);
        }

        return output.ToString();
    }

    private static string Part(DateTimeOffset time, char kind)
    {
        var custom = kind switch
        {
            'Y' => "yyyy",
            'y' => "yy",
            'm' => "MM",
            'd' => "dd",
            'B' => "MMMM",
            'b' or 'h' => "MMM",
            'A' => "dddd",
            'a' => "ddd",
            'H' => "HH",
            'I' => "hh",
            'M' => "mm",
            'S' => "ss",
            'p' => "tt",
            'f' => "ffffff",
            'F' => "yyyy-MM-dd",
            'T' or 'X' => "HH:mm:ss",
            'R' => "HH:mm",
            'D' or 'x' => "MM/dd/yy",
            _ => null,
        };
        if (custom is not null)
        {
            return time.ToString(custom, CultureInfo.InvariantCulture);
        }

        return kind switch
        {
            'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'u' => ((((int)time.DayOfWeek + 6) % 7) + 1).ToString(CultureInfo.InvariantCulture),
            'c' => $"{Part(time, 'a')} {Part(time, 'b')} {Part(time, 'e')} {Part(time, 'T')} {Part(time, 'Y')}",
            's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'z' or 'Z' => "",
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => "%" + kind,
        };
    }
}
