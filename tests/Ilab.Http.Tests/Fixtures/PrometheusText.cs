using System.Globalization;
using System.Text.RegularExpressions;

namespace Ilab.Http.Tests.Fixtures;

/// <summary>One value of a metric.</summary>
internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>Reads Prometheus' text format 0.0.4, strictly: what is neither a comment nor a sample, or a sample of no declared type, is an error.</summary>
internal static partial class PrometheusText
{
    private static readonly string[] Suffixes = ["_bucket", "_sum", "_count"];

    public static IReadOnlyList<Sample> Parse(string text)
    {
        var types = new Dictionary<string, string>();
        var samples = new List<Sample>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TypeLine().Match(line) is { Success: true } type)
            {
                types.Add(type.Groups[1].Value, type.Groups[2].Value); // twice is an error
                continue;
            }

            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                continue;
            }

            var match = SampleLine().Match(line);
            Assert.True(match.Success, $"not a sample: {line}");
            var name = match.Groups["name"].Value;
            var family = Suffixes.Where(name.EndsWith).Select(suffix => name[..^suffix.Length]).FirstOrDefault(types.ContainsKey) ?? name;
            Assert.True(types.ContainsKey(family), $"no type: {line}");
            samples.Add(
                new Sample(
                    name,
                    LabelPart()
                        .Matches(match.Groups["labels"].Value)
                        .ToDictionary(static label => label.Groups[1].Value, static label => label.Groups[2].Value),
                    Number(match.Groups["value"].Value)
                )
            );
        }

        return samples;
    }

    private static double Number(string text) =>
        text == "+Inf" ? double.PositiveInfinity : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\.)*",?)*)\})? (?<value>\S+)(?: \d+)?$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?""")]
    private static partial Regex LabelPart();
}
