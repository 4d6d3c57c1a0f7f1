using System.Globalization;
using System.Text.Json;
using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Xunit.Abstractions;

namespace Ilab.Configuration.Tests.Golden;

/// <summary>Configs with one defect each: those that the reference refuses are refused here with the right line, and most others get a warning.</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    [SkippableFact]
    public void DefectsAreFoundWhereTheyAre()
    {
        Skip.If(OumiReference.Folder is null || OumiReference.Corpus is null, OumiReference.Absent);
        var tally = new Tally();
        foreach (var row in OumiReference.Rows(Path.Combine(OumiReference.Folder!, "mutants-real.tsv")))
        {
            var path = Path.Combine(OumiReference.Folder!, "mutants", row["file"]);
            tally.Count(
                path,
                row["class"],
                row["key_path"],
                row["line"],
                row["verdict"],
                Read(path, row["kind"], Overrides(row["args"])),
                row["args"].Length > 0
            );
        }

        foreach (var row in OumiReference.Rows(Path.Combine(OumiReference.Corpus!, "mutants.tsv")))
        {
            var path = Path.Combine(OumiReference.Corpus!, "mutants", row["file"]);
            tally.Count(path, row["defect_class"], row["key_path"], row["line"], row["oumi_verdict"], Read(path, row["kind"], []), false);
        }

        output.WriteLine(tally.ToString());
        Assert.True(tally.Missed.Count == 0, string.Join('\n', tally.Missed));
        Assert.True(tally.WrongLine.Count == 0, string.Join('\n', tally.WrongLine));
        Assert.True(tally.FalseErrors.Count == 0, string.Join('\n', tally.FalseErrors));
        Assert.True(tally.Found >= 0.95 * tally.Defects, tally.ToString());
    }

    /// <summary>Named as a kind, as `ilab model train --config` does, and without a name, as lint does.</summary>
    private static ConfigReading Read(string path, string kind, string[] overrides)
    {
        var named = ConfigReader.ReadFile(path, RunKinds.Find(kind), overrides, lint: true);
        var found = ConfigReader.ReadFile(path, overrides: overrides, lint: true);
        Assert.True(named.HasErrors == found.HasErrors, $"{path}: with and without its kind: {named.Problems.Count} and {string.Join(" | ", found.Problems)}");
        return named;
    }

    private static string[] Overrides(string args)
    {
        var words = args.Length == 0 ? [] : JsonSerializer.Deserialize<string[]>(args)!;
        // `--engine vllm` is two words for the reference's command line, one override here.
        return words is [var key, var value] && !key.Contains('=', StringComparison.Ordinal) ? [$"{key}={value}"] : words;
    }

    private sealed class Tally
    {
        private int _rejected;
        private readonly List<string> _silent = [];

        public int Defects { get; private set; }

        public int Found { get; private set; }

        public List<string> Missed { get; } = [];

        public List<string> WrongLine { get; } = [];

        public List<string> FalseErrors { get; } = [];

        public void Count(string path, string kind, string key, string line, string verdict, ConfigReading reading, bool hasArguments)
        {
            var file = Path.GetFileName(path);
            var errors = reading.Problems.Where(static problem => problem.Level == ProblemLevel.Error).ToList();
            var number = line.Length > 0 ? int.Parse(line, CultureInfo.InvariantCulture) : 0;
            if (verdict == "reject")
            {
                _rejected++;
                Defects++;
                Found += errors.Count > 0 ? 1 : 0;
                if (errors.Count == 0)
                {
                    Missed.Add($"{file}: {string.Join(" | ", reading.Problems)}");
                }
                else if (number > 0 && !errors.Any(error => error.Line == number || IsAtTheKey(path, kind, key, number, error)))
                {
                    WrongLine.Add($"{file}: line {number}, here {string.Join(" | ", errors)}");
                }

                return;
            }

            if (errors.Count > 0)
            {
                FalseErrors.Add($"{file}: {string.Join(" | ", errors)}");
            }

            if (hasArguments)
            {
                return;
            }

            Defects++;
            if (reading.Problems.Any(problem => problem.Line == number))
            {
                Found++;
            }
            else
            {
                _silent.Add($"{file} ({kind}) line {number}: {string.Join(" | ", reading.Problems)}");
            }
        }

        /// <summary>
        /// What was moved is wrong where it stands now, not where it stood; what was added with a section of its own is wrong below the section's line; what
        /// was removed is missing in its section.
        /// </summary>
        private static bool IsAtTheKey(string path, string kind, string key, int number, ConfigProblem error)
        {
            var leaf = key.Split('.')[^1];
            return kind switch
            {
                "missing" => error.Line <= number && error.Key == key,
                "wrong-level" or "range" => error.Key.EndsWith(leaf, StringComparison.Ordinal)
                    && File.ReadLines(path).ElementAt(error.Line - 1).Contains(leaf, StringComparison.Ordinal),
                _ => false,
            };
        }

        public override string ToString() =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{_rejected} refused by the reference: {Missed.Count} missed, {WrongLine.Count} with another line; {Found} of {Defects} defects found "
                    + $"({100.0 * Found / Defects:0.0} %); {FalseErrors.Count} false errors; silent:\n{string.Join('\n', _silent)}"
            );
    }
}
