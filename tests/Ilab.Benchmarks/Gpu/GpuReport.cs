using System.Globalization;
using System.Text.Json.Nodes;

namespace Ilab.Benchmarks.Gpu;

/// <summary>The pieces' results together: <c>gpu-check.json</c>, <c>gpu-check.md</c>.</summary>
internal static class GpuReport
{
    /// <returns>0 = every piece has run and every bar is met; 1 = not.</returns>
    public static int Write(string results, IReadOnlyList<string> pieces, TextWriter output)
    {
        var (all, good) = (new JsonObject(), true);
        List<string> lines = ["| piece | what | median | min | max | runs | bar | met |", "|---|---|---|---|---|---|---|---|"];
        foreach (var piece in pieces)
        {
            var file = Path.Combine(results, $"{piece}.json");
            if (!File.Exists(file))
            {
                lines.Add($"| {piece} | **was not run** | | | | | | NO |");
                (all[piece], good) = (null, false);
                continue;
            }

            var rows = JsonNode.Parse(File.ReadAllText(file))!.AsArray();
            lines.AddRange(rows.Select(row => Line(piece, row!)));
            good &= rows.All(static row => row!["met"]?.GetValue<bool>() != false);
            all[piece] = rows.DeepClone();
        }

        var facts = Path.Combine(results, "machine.json");
        var document = new JsonObject
        {
            ["machine"] = File.Exists(facts) ? JsonNode.Parse(File.ReadAllText(facts)) : null,
            ["pieces"] = all,
            ["met"] = good,
        };
        File.WriteAllText(Path.Combine(results, "gpu-check.json"), document.ToJsonString(new() { WriteIndented = true }));
        File.WriteAllLines(Path.Combine(results, "gpu-check.md"), lines);
        lines.ForEach(output.WriteLine);
        return good ? 0 : 1;
    }

    private static string Line(string piece, JsonNode row)
    {
        string Number(string name) => row[name]!.GetValue<double>().ToString("0.###", CultureInfo.InvariantCulture);
        var met = row["met"]?.GetValue<bool>() switch
        {
            true => "yes",
            false => "NO",
            null => "",
        };
        return $"| {piece} | {row["what"]} | {Number("median")} {row["unit"]} | {Number("min")} | {Number("max")} | {row["runs"]} | {row["bar"]} | {met} |";
    }
}
