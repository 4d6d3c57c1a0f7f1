using System.Globalization;

namespace Ilab.Cli.Output;

/// <summary>Sizes, counts, times and digests for people.</summary>
internal static class Human
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>Decimal units, three digits: 1.19 MB.</summary>
    public static string Size(ulong bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return unit == 0 ? $"{bytes} B" : string.Create(CultureInfo.InvariantCulture, $"{Digits(value)} {Units[unit]}");
    }

    /// <summary>Three digits: 260K, 1.1B.</summary>
    public static string Count(ulong count)
    {
        double value = count;
        foreach (var unit in new[] { "", "K", "M", "B", "T" })
        {
            if (value < 999.5 || unit == "T")
            {
                return unit.Length == 0 ? count.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Digits(value)}{unit}");
            }

            value /= 1000;
        }

        return "";
    }

    public static string Ago(DateTimeOffset time, DateTimeOffset now)
    {
        var span = now - time;
        return span < TimeSpan.Zero ? "in " + Span(-span)
            : span.TotalSeconds < 1 ? "now"
            : Span(span) + " ago";
    }

    public static string Span(TimeSpan span) =>
        span switch
        {
            { TotalSeconds: < 1 } => "less than a second",
            { TotalSeconds: < 90 } => Plural((long)span.TotalSeconds, "second"),
            { TotalMinutes: < 90 } => Plural((long)span.TotalMinutes, "minute"),
            { TotalHours: < 36 } => Plural((long)span.TotalHours, "hour"),
            { TotalDays: < 14 } => Plural((long)span.TotalDays, "day"),
            { TotalDays: < 60 } => Plural((long)(span.TotalDays / 7), "week"),
            { TotalDays: < 730 } => Plural((long)(span.TotalDays / 30), "month"),
            _ => Plural((long)(span.TotalDays / 365), "year"),
        };

    /// <summary>The first 12 digits of a <c>sha256:</c> digest.</summary>
    public static string ShortId(string digest) => digest.Length >= 19 ? digest[7..19] : digest;

    private static string Digits(double value) =>
        value.ToString(
            value < 9.995 ? "0.00"
                : value < 99.95 ? "0.0"
                : "0",
            CultureInfo.InvariantCulture
        );

    private static string Plural(long count, string unit) => $"{count} {unit}{(count == 1 ? "" : "s")}";
}
