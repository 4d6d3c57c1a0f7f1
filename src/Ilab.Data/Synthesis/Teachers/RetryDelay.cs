using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>How long a busy service asks to wait, by the headers of its response.</summary>
internal static partial class RetryDelay
{
    private const double FirstEpoch = 1e9; // a number of seconds that large is a time, not a duration

    /// <returns>Null if it does not say.</returns>
    public static TimeSpan? Of(HttpResponseHeaders headers, TimeProvider time)
    {
        if (Value(headers, "retry-after-ms") is { } text && double.TryParse(text, CultureInfo.InvariantCulture, out var ms) && ms is >= 0 and < 1e12)
        {
            return TimeSpan.FromMilliseconds(ms);
        }

        return (Value(headers, "Retry-After") is { } after ? Parse(after, time) : null) ?? Reset(headers, time);
    }

    /// <summary>Seconds, a duration such as <c>1m30s</c>, seconds since 1970 or a date.</summary>
    public static TimeSpan? Parse(string text, TimeProvider time)
    {
        text = text.Trim();
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return number < FirstEpoch ? TimeSpan.FromSeconds(number)
                : number < FirstEpoch * 1e6 ? Until(DateTimeOffset.FromUnixTimeMilliseconds((long)(number < FirstEpoch * 100 ? number * 1000 : number)), time)
                : null;
        }

        var parts = Duration().Match(text);
        if (parts.Success && text.Length > 0)
        {
            return TimeSpan.FromSeconds(
                parts
                    .Groups[1]
                    .Captures.Zip(
                        parts.Groups[2].Captures,
                        static (amount, unit) => double.Parse(amount.Value, CultureInfo.InvariantCulture) * Seconds(unit.Value)
                    )
                    .Sum()
            );
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? Until(date, time) : null;
    }

    /// <summary>The limit that is used up decides; if none says so, the one that is reset first.</summary>
    private static TimeSpan? Reset(HttpResponseHeaders headers, TimeProvider time)
    {
        var (exhausted, others) = (new List<TimeSpan>(), new List<TimeSpan>());
        foreach (var (name, values) in headers)
        {
            if (!Limit().IsMatch(name) || Parse(values.First(), time) is not { } wait)
            {
                continue;
            }

            var left = Value(headers, name.Replace("reset", "remaining", StringComparison.OrdinalIgnoreCase));
            var isUsedUp = double.TryParse(left, CultureInfo.InvariantCulture, out var remaining) && remaining <= 0;
            (isUsedUp ? exhausted : others).Add(wait);
        }

        return exhausted.Count > 0 ? exhausted.Max()
            : others.Count > 0 ? others.Min()
            : null;
    }

    private static TimeSpan Until(DateTimeOffset date, TimeProvider time) => date - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private static double Seconds(string unit) =>
        unit switch
        {
            "ms" => 0.001,
            "us" or "µs" => 0.000001,
            "ns" => 0.000000001,
            "m" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => 1,
        };

    private static string? Value(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    [GeneratedRegex(@"^(?:(\d{1,9}(?:\.\d+)?)\s*(ms|us|µs|ns|s|m|h|d)\s*)+$", RegexOptions.CultureInvariant)]
    private static partial Regex Duration();

    [GeneratedRegex(@"ratelimit(-\w+)*-reset(-|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Limit();
}
