using System.Globalization;

namespace Ilab.Cli.Chat.Text;

/// <summary>Durations: `90s`, `5m`, `1h30m`, plain seconds, 0, or -1 for forever.</summary>
public static class DurationText
{
    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    public static TimeSpan Parse(string text)
    {
        if (text.StartsWith('-'))
            return Forever;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds < int.MaxValue)
            return TimeSpan.FromSeconds(seconds);
        double total = 0;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiDigit(text[i]) || text[i] == '.')
                continue;
            int unitEnd = text.AsSpan(i).StartsWith("ms") ? i + 2 : i + 1;
            double unit = text[i..unitEnd] switch
            {
                "ms" => 0.001,
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                "d" => 86400,
                _ => 0,
            };
            bool number = double.TryParse(text.AsSpan(start, i - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count);
            if (unit == 0 || !number)
                throw Invalid(text);
            total += count * unit;
            start = unitEnd;
            i = unitEnd - 1;
        }

        if (start == 0 || start != text.Length || total >= int.MaxValue)
            throw Invalid(text);
        return TimeSpan.FromSeconds(total);
    }

    public static string Format(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
            return "-1";
        long seconds = (long)time.TotalSeconds;
        return seconds switch
        {
            > 0 when seconds % 3600 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}h"),
            > 0 when seconds % 60 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}s"),
        };
    }

    private static FormatException Invalid(string text) => new($"expected a duration such as 90s, 5m, 2h, 0 or -1, got `{text}`");
}
