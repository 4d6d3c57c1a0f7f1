using System.Text.Json.Nodes;

namespace Ilab.Benchmarks.Measure;

/// <summary>What was measured, as a table for people and as JSON for programs.</summary>
internal sealed class Report
{
    private readonly List<Row> _rows = [];

    /// <param name="what">The thing measured.</param>
    /// <param name="sample">Its runs.</param>
    /// <param name="unit">Unit of the runs.</param>
    /// <param name="bar">The bar it has to meet, in words; empty when there is none.</param>
    /// <param name="met">Whether it does; null when there is no bar.</param>
    public void Add(string what, Sample sample, string unit, string bar = "", bool? met = null) =>
        Add(new Row(what, sample.Median, sample.Minimum, sample.Maximum, sample.Count, unit, bar, met));

    public void Add(string what, double value, string unit, string bar = "", bool? met = null) => Add(new Row(what, value, value, value, 1, unit, bar, met));

    public bool AllMet => _rows.All(row => row.Met != false);

    public void WriteTable(TextWriter output)
    {
        output.WriteLine("| what | median | min | max | runs | bar | met |");
        output.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var row in _rows)
        {
            output.WriteLine(
                FormattableString.Invariant(
                    $"| {row.What} | {row.Median:0.###} {row.Unit} | {row.Minimum:0.###} | {row.Maximum:0.###} | {row.Runs} | {row.Bar} | {Verdict(row.Met)} |"
                )
            );
        }
    }

    public void WriteJson(string path)
    {
        var rows = _rows.Select(row =>
            (JsonNode)
                new JsonObject
                {
                    ["what"] = row.What,
                    ["unit"] = row.Unit,
                    ["median"] = row.Median,
                    ["min"] = row.Minimum,
                    ["max"] = row.Maximum,
                    ["runs"] = row.Runs,
                    ["bar"] = row.Bar,
                    ["met"] = row.Met,
                }
        );
        File.WriteAllText(path, new JsonArray([.. rows]).ToJsonString(new() { WriteIndented = true }));
    }

    private void Add(Row row)
    {
        _rows.Add(row);
        Console.Error.WriteLine(FormattableString.Invariant($"  {row.What}: {row.Median:0.###} {row.Unit}"));
    }

    private static string Verdict(bool? met) =>
        met switch
        {
            true => "yes",
            false => "NO",
            null => "",
        };

    private sealed record Row(string What, double Median, double Minimum, double Maximum, int Runs, string Unit, string Bar, bool? Met);
}
