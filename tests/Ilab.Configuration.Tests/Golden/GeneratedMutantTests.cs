using System.Globalization;
using System.Text.RegularExpressions;
using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Xunit.Abstractions;

namespace Ilab.Configuration.Tests.Golden;

/// <summary>
/// Defects of the kinds that people make, in files of this test and of the corpus: each is planted at many places, and something is to be said at the line
/// where it is. What cannot be told from an intended value, such as a word in the place of another one, is not planted.
/// </summary>
public sealed partial class GeneratedMutantTests(ITestOutputHelper output)
{
    private const string OwnName = "own.yaml";
    private const int LinesPerFile = 12;

    private const double Least = 0.95;

    private const string Own = """
        model:
          model_name: granite
          model_max_length: 1024
          trust_remote_code: false
        data:
          train:
            datasets:
              - dataset_name: text_sft_jsonl
                dataset_path: facts.jsonl
        training:
          trainer_type: TRL_SFT
          use_peft: true
          num_train_epochs: 3
          learning_rate: 2.0e-4
          gradient_accumulation_steps: 2
          output_dir: out
        peft:
          lora_r: 16
          lora_alpha: 32
        ilab:
          training_type: lora
          result: mine
        """;

    private static readonly (string Name, Func<Match, string?> Plant)[] Defects =
    [
        ("two letters of the key swapped", static match => $"{match.Groups["head"].Value}{Swapped(match.Groups["key"].Value)}:{match.Groups["value"].Value}"),
        ("a letter of the key missing", static match => $"{match.Groups["head"].Value}{match.Groups["key"].Value.Remove(1, 1)}:{match.Groups["value"].Value}"),
        ("a list for a value", static match => IsScalar(match) ? $"{match.Groups["head"].Value}{match.Groups["key"].Value}: [[{{a: 1}}]]" : null),
        ("a word for a number", static match => IsNumber(match) ? $"{match.Groups["head"].Value}{match.Groups["key"].Value}: many" : null),
        ("a word for a switch", static match => IsSwitch(match) ? $"{match.Groups["head"].Value}{match.Groups["key"].Value}: perhaps" : null),
        ("a tab before the key", static match => match.Groups["head"].Value.Length > 1 ? $"\t{match.Groups["key"].Value}:{match.Groups["value"].Value}" : null),
        ("an open quote", static match => IsScalar(match) ? $"{match.Groups["head"].Value}{match.Groups["key"].Value}: \"open" : null),
        ("the key twice", static match => IsScalar(match) && !match.Groups["head"].Value.Contains('-') ? $"{match.Value}\n{match.Value}" : null),
    ];

    [Fact]
    public void DefectsAreSaidAtTheirLines()
    {
        var files = new List<(string Name, string Text)> { (OwnName, Own) };
        if (OumiReference.Corpus is { } corpus)
        {
            files.AddRange(
                Directory
                    .GetFiles(Path.Combine(corpus, "yaml"), "*.yaml", SearchOption.AllDirectories)
                    .Order(StringComparer.Ordinal)
                    .Select(static path => (path, File.ReadAllText(path)))
            );
        }

        var (missed, tried) = (new List<string>(), 0);
        foreach (var (name, text) in files)
        {
            if (text.Contains('\r') || ConfigReader.ReadText(text, name).HasErrors)
            {
                continue;
            }

            foreach (var (defect, line, damaged) in name == OwnName ? DamagedThoroughly(text) : Damaged(text))
            {
                tried++;
                var reading = ConfigReader.ReadText(damaged, name, lint: true);
                if (!reading.Problems.Any(problem => problem.Line >= line && problem.Line <= line + 1 && problem.Level != ProblemLevel.Note))
                {
                    missed.Add($"{name}:{line}: {defect}: {string.Join(" | ", reading.Problems.Take(3))}");
                }
            }
        }

        var share = 1 - (missed.Count / (double)tried);
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{tried} defects in {files.Count} files, {100 * share:0.0} % found at their line; not found:")
        );
        output.WriteLine(string.Join('\n', missed));
        Assert.True(tried > 50, $"only {tried} defects were tried");
        Assert.True(share >= Least, $"{missed.Count} of {tried} not found, such as\n{string.Join('\n', missed.Take(20))}");
    }

    /// <summary>Some lines, each with one kind of damage.</summary>
    private static IEnumerable<(string Defect, int Line, string Text)> Damaged(string text)
    {
        var places = Places(text);
        var step = Math.Max(1, places.Count / LinesPerFile);
        return Enumerable
            .Range(0, places.Count)
            .Where(at => at % step == 0)
            .SelectMany(at => Plant(text, places[at], [Defects[(at + places.Count) % Defects.Length]]));
    }

    /// <summary>Every line with every kind of damage.</summary>
    private static IEnumerable<(string Defect, int Line, string Text)> DamagedThoroughly(string text) =>
        Places(text).SelectMany(place => Plant(text, place, Defects));

    private static List<(Match Match, int Index)> Places(string text) =>
        [
            .. text.Split('\n')
                .Select(static (line, index) => (Match: KeyLine().Match(line), Index: index))
                .Where(static place => place.Match.Success && place.Match.Groups["key"].Value.Length > 3),
        ];

    private static IEnumerable<(string Defect, int Line, string Text)> Plant(
        string text,
        (Match Match, int Index) place,
        IEnumerable<(string Name, Func<Match, string?> Plant)> defects
    )
    {
        var (lines, index) = (text.Split('\n'), place.Index);
        foreach (var (name, plant) in defects)
        {
            if (plant(place.Match) is { } damaged && damaged != lines[index])
            {
                yield return (name, index + 1, string.Join('\n', [.. lines[..index], damaged, .. lines[(index + 1)..]]));
            }
        }
    }

    private static string Swapped(string key) => string.Concat(key[..1], key[2], key[1], key[3..]);

    private static bool IsScalar(Match match) =>
        match.Groups["value"].Value.Trim() is { Length: > 0 } value && value[0] is not ('|' or '>' or '[' or '{' or '&' or '*' or '#' or '"' or '\'');

    private static bool IsNumber(Match match) => double.TryParse(match.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static bool IsSwitch(Match match) => match.Groups["value"].Value.Trim().ToLowerInvariant() is "true" or "false";

    [GeneratedRegex(@"^(?<head> *(?:- )?)(?<key>[a-z_0-9]+):(?<value>(?: .*)?)$")]
    private static partial Regex KeyLine();
}
