using System.Globalization;

namespace Grpc.Wire;

/// <summary>The <c>grpc-timeout</c> header: at most eight digits and a unit (H M S m u n).</summary>
internal static class TimeoutHeader
{
    public const string Name = "grpc-timeout";

    private const long Most = 99_999_999;

    public static string Format(TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero)
        {
            return "1n"; // passed already: the smallest positive timeout says so
        }

        var nanoseconds = timeout.Ticks <= Most / 100 ? timeout.Ticks * 100 : long.MaxValue;
        (long value, char unit) = nanoseconds <= Most ? (nanoseconds, 'n')
            : Whole(timeout.TotalMicroseconds) <= Most ? (Whole(timeout.TotalMicroseconds), 'u')
            : Whole(timeout.TotalMilliseconds) <= Most ? (Whole(timeout.TotalMilliseconds), 'm')
            : Whole(timeout.TotalSeconds) <= Most ? (Whole(timeout.TotalSeconds), 'S')
            : (Math.Min(Whole(timeout.TotalHours), Most), 'H');
        return string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");

        static long Whole(double amount) => (long)Math.Ceiling(amount);
    }

    public static bool TryParse(string? text, out TimeSpan timeout)
    {
        timeout = default;
        if (text is not { Length: >= 2 and <= 9 } || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        long? ticksPerUnit = text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 0,
            _ => null,
        };
        if (ticksPerUnit is not { } ticks)
        {
            return false;
        }

        timeout = ticks == 0 ? TimeSpan.FromTicks((value + 99) / 100) : value <= TimeSpan.MaxValue.Ticks / ticks ? TimeSpan.FromTicks(value * ticks) : TimeSpan.MaxValue;
        return true;
    }
}
