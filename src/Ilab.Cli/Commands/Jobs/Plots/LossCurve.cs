using System.Text.Json;

namespace Ilab.Cli.Commands.Jobs.Plots;

/// <summary>Training and evaluation loss by step.</summary>
internal sealed record LossCurve(string Title, IReadOnlyList<Point> Training, IReadOnlyList<Point> Evaluation)
{
    public double FirstStep => Training.Count > 0 ? Training[0].Step : 0;

    public double LastStep => Training.Count > 0 ? Math.Max(Training[^1].Step, FirstStep + 1) : 1;

    /// <summary>Lowest and highest value of the axis; never equal.</summary>
    public (double Low, double High) Range
    {
        get
        {
            var values = Training.Concat(Evaluation).Select(static point => point.Loss).ToArray();
            var (low, high) = values.Length > 0 ? (values.Min(), values.Max()) : (0, 1);
            var margin = Math.Max((high - low) * 0.05, Math.Max(Math.Abs(high) * 1e-3, 1e-6));
            return (low - margin < 0 && low >= 0 ? 0 : low - margin, high + margin);
        }
    }

    /// <param name="title">Title of the plot.</param>
    /// <param name="lines">Metrics of the job as JSON. A repeated step counts once.</param>
    public static LossCurve Read(string title, IEnumerable<string> lines)
    {
        var (training, evaluation) = (new SortedDictionary<int, double>(), new SortedDictionary<int, double>());
        foreach (var line in lines.Where(static line => line.Length > 0))
        {
            using var json = JsonDocument.Parse(line);
            var target = json.RootElement.GetProperty("type").GetString() switch
            {
                "step" => training,
                "evaluation" => evaluation,
                _ => null,
            };
            if (target is not null)
            {
                target[json.RootElement.GetProperty("step").GetInt32()] = json.RootElement.GetProperty("loss").GetDouble();
            }
        }

        return new LossCurve(title, Points(training), Points(evaluation));

        static Point[] Points(SortedDictionary<int, double> values) => [.. values.Select(static entry => new Point(entry.Key, entry.Value))];
    }

    /// <summary>Round numbers within a range.</summary>
    public static IReadOnlyList<double> Ticks(double low, double high, int most)
    {
        var rough = (high - low) / Math.Max(1, most);
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = new[] { 1, 2, 5, 10 }.Select(factor => factor * power).First(candidate => candidate >= rough * 0.999);
        var ticks = new List<double>();
        for (var tick = Math.Ceiling(low / step) * step; tick <= high + (step * 1e-9); tick += step)
        {
            ticks.Add(Math.Round(tick, 10));
        }

        return ticks;
    }
}

internal readonly record struct Point(double Step, double Loss);
