using System.Text.Json;
using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Xunit.Abstractions;

namespace Ilab.Configuration.Tests.Golden;

/// <summary>Real configs: which are taken, and every value of them, written or by default.</summary>
public sealed class CanonicalTests(ITestOutputHelper output)
{
    [SkippableFact]
    public void EveryFileHasTheVerdictOfTheReference()
    {
        Skip.If(OumiReference.Folder is null || OumiReference.Corpus is null, OumiReference.Absent);
        var differences = new List<string>();
        var rows = 0;
        foreach (var row in OumiReference.Rows(Path.Combine(OumiReference.Folder!, "verdicts-real.tsv")))
        {
            rows++;
            var reading = ConfigReader.ReadFile(Path.Combine(OumiReference.Corpus!, row["path"]), lint: true);
            var accepted = row["verdict_without_machine_checks"].Length > 0 ? row["verdict_without_machine_checks"] == "accept" : row["verdict"] == "accept";
            var kind = reading.Kind is { } found ? RunKinds.NameOf(found) : "unknown";
            if (accepted == reading.HasErrors || (reading.Kind is not null && kind != row["kind"]))
            {
                differences.Add($"{row["path"]}: {row["kind"]} {row["verdict"]}, here {kind}: {string.Join(" | ", Errors(reading))}");
            }
        }

        output.WriteLine($"{rows} files, {differences.Count} differ");
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [SkippableFact]
    public void EveryValueIsThatOfTheReference()
    {
        Skip.If(OumiReference.Folder is null || OumiReference.Corpus is null, OumiReference.Absent);
        var differences = new List<string>();
        var files = 0;
        foreach (var (path, document) in Documents())
        {
            files++;
            var reading = ConfigReader.ReadFile(path, RunKinds.Find(document.RootElement.GetProperty("kind").GetString()));
            differences.AddRange(
                reading.Config is { } config
                    ? JsonComparison
                        .Differences(document.RootElement.GetProperty("config"), config.Root, "", Changed(document.RootElement))
                        .Select(difference => $"{path}: {difference}")
                    : [$"{path}: {string.Join(" | ", Errors(reading))}"]
            );
        }

        output.WriteLine($"{files} files compared, {differences.Count} values differ");
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [SkippableFact]
    public void EveryFileIsTheSameAfterWritingAndReading()
    {
        Skip.If(OumiReference.Folder is null || OumiReference.Corpus is null, OumiReference.Absent);
        var differences = new List<string>();
        var files = 0;
        foreach (var (path, document) in Documents())
        {
            files++;
            var kind = RunKinds.Find(document.RootElement.GetProperty("kind").GetString());
            var config = ConfigReader.ReadFile(path, kind).Require();
            foreach (var full in (bool[])[false, true])
            {
                var text = config.ToYaml(full);
                var again = ConfigReader.ReadText(text, path, kind);
                differences.AddRange(
                    again.Config is { } second
                        ? JsonComparison
                            .Differences(document.RootElement.GetProperty("config"), second.Root, "", Changed(document.RootElement))
                            .Select(difference => $"{path}: {difference}")
                        : [$"{path}: {string.Join(" | ", Errors(again))}"]
                );
                if (again.Config?.ToYaml(full) is { } twice && twice != text)
                {
                    differences.Add($"{path}: written twice, and not the same");
                }
            }
        }

        output.WriteLine($"{files} files written and read again, {differences.Count} differences");
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static IEnumerable<(string Path, JsonDocument Document)> Documents()
    {
        foreach (var line in File.ReadLines(Path.Combine(OumiReference.Folder!, "canonical.jsonl")))
        {
            var document = JsonDocument.Parse(line);
            yield return (Path.Combine(OumiReference.Corpus!, document.RootElement.GetProperty("path").GetString()!), document);
        }
    }

    private static Dictionary<string, JsonElement> Changed(JsonElement line) =>
        line.GetProperty("changed_by_oumi")
            .EnumerateArray()
            .GroupBy(static item => item[0].GetString()!)
            .ToDictionary(static item => item.Key, static item => item.First()[1]);

    private static IEnumerable<string> Errors(ConfigReading reading) =>
        reading.Problems.Where(static problem => problem.Level == ProblemLevel.Error).Select(static problem => problem.ToString());
}
