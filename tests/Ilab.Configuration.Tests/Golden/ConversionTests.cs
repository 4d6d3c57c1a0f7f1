using System.Text.Json;
using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Reading;
using Ilab.Configuration.Runs.Schema;
using Xunit.Abstractions;

namespace Ilab.Configuration.Tests.Golden;

/// <summary>Texts for declared types: what the reference takes and refuses, and the value it gets.</summary>
public sealed class ConversionTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["any"] = "any = null",
        ["bool"] = "bool = false",
        ["dict_str_any"] = "map<text,any> = {}",
        ["dict_str_str"] = "map<text,text> = {}",
        ["enum"] = "@TrainerType = \"HF\"",
        ["float"] = "float = 0.0",
        ["int"] = "int = 0",
        ["int_or_float"] = "int/float = 0",
        ["int_or_null"] = "int? = null",
        ["list_int"] = "list<int> = []",
        ["list_str"] = "list<text> = []",
        ["section"] = "TelemetryParams",
        ["str"] = "text = \"\"",
        ["str_int_null"] = "text/int? = null",
        ["str_or_null"] = "text? = null",
    };

    [SkippableFact]
    public void AreThoseOfTheReference()
    {
        Skip.If(OumiReference.Folder is null, OumiReference.Absent);
        var (rows, differences) = (0, new List<string>());
        foreach (var row in OumiReference.Rows(Path.Combine(OumiReference.Folder!, "conversions.tsv")))
        {
            rows++;
            var (value, accepted) = Convert(row["source"], row["type"], row["text"]);
            if (accepted != (row["verdict"] == "accept"))
            {
                differences.Add($"{row["source"]} {row["type"]} {row["text"]}: {row["verdict"]}, here the opposite ({value})");
            }
            else if (accepted && row["type"] != "section")
            {
                using var expected = JsonDocument.Parse(row["value"]);
                differences.AddRange(
                    JsonComparison.Differences(
                        expected.RootElement,
                        value,
                        $"{row["source"]} {row["type"]} {row["text"]}",
                        new Dictionary<string, JsonElement>()
                    )
                );
            }
        }

        output.WriteLine($"{rows} conversions, {differences.Count} differ");
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(rows > 3000);
    }

    private static (Ilab.Configuration.Runs.Values.ConfigNode? Value, bool Accepted) Convert(string source, string type, string text)
    {
        var field = ConfigField.Read($"  t {Types[type]}");
        string[] arguments = source == "file" ? [] : [$"t={text}"];
        var problems = new ProblemList("file", arguments);
        var raw = source == "file" ? RawReader.Read($"t: {text}\n", problems) : new RawMap(default, []);
        if (raw is not RawMap root)
        {
            return (null, false);
        }

        Overrides.Apply(root, arguments, problems);
        var section = new Binder(new ConfigClass("Test", null, [field]), problems).Bind(root);
        return (section["t"], !problems.HasErrors);
    }
}
