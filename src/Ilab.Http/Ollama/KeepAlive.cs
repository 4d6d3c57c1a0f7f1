using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary>
/// Reads how long a model stays loaded: a number of seconds, or a duration as Go writes it (<c>5m</c>, <c>1h30m</c>, <c>300ms</c>). Negative = forever,
/// 0 = until the answer is complete.
/// </summary>
internal static partial class KeepAlive
{
    private const string Name = "keep_alive";
    private const string What = "a duration such as \"5m\", or a number of seconds";

    /// <summary>Null = not said: the default of the service.</summary>
    /// <exception cref="ProblemException">400.</exception>
    public static TimeSpan? Read(JsonFields request) =>
        request.Value(Name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Number } number => Span(number.GetDouble()),
            { ValueKind: JsonValueKind.String } text => Span(Seconds(JsonFields.TextOf(text, Name)) ?? throw request.Wrong(Name, What)),
            _ => throw request.Wrong(Name, What),
        };

    /// <summary>Seconds of a duration; null = it is none.</summary>
    public static double? Seconds(string text)
    {
        var sign = text.StartsWith('-') ? -1 : 1;
        var rest = text.AsSpan(text is ['-' or '+', ..] ? 1 : 0);
        if (rest is "0")
        {
            return 0;
        }

        if (!Duration().IsMatch(rest))
        {
            return null;
        }

        double total = 0;
        foreach (Match part in Part().Matches(text))
        {
            total += double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * UnitOf(part.Groups[2].Value);
        }

        return sign * total;
    }

    private static double UnitOf(string unit) =>
        unit switch
        {
            "ns" => 1e-9,
            "us" or "µs" or "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1,
            "m" => 60,
            _ => 3600,
        };

    private static TimeSpan Span(double seconds) =>
        seconds < 0 || seconds > TimeSpan.MaxValue.TotalSeconds / 2 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds);

    [GeneratedRegex(@"^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$")]
    private static partial Regex Duration();

    [GeneratedRegex(@"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")]
    private static partial Regex Part();
}
