using System.Globalization;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families;
using Ilab.Testing;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>
/// The table in docs/families.md says what is so. <c>ILAB_UPDATE_BASELINE=1</c> writes it anew, which needs the reference corpus; without it, what the
/// descriptions say is compared and the rest is not.
/// </summary>
[Collection(NativeCompute.Name)]
public sealed class FamilyTableTests : IDisposable
{
    private const string Head = "| Family | Classes | Converts | Runs | Trains | Way back | Largest difference |";
    private const int Compared = 2,
        Ran = 3,
        Difference = 6;

    private static readonly string Document = Path.Combine(TestPaths.Repository, "docs", "families.md");
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void TheTableSaysWhatIsSo()
    {
        var measured = CorpusRun.Folders.GroupBy(FamilyOf).ToDictionary(static group => group.Key, static group => group.ToArray());
        var rows = FamilyList.All.Select(family => Row(family, measured.GetValueOrDefault(family) ?? [])).ToArray();
        var hasCorpus = measured.Count > 0;
        if (hasCorpus && Environment.GetEnvironmentVariable("ILAB_UPDATE_BASELINE") == "1")
        {
            Update(rows);
        }

        var written = File.ReadLines(Document)
            .SkipWhile(static line => line != Head)
            .Skip(2)
            .TakeWhile(static line => line.StartsWith('|'))
            .Select(Cells)
            .ToArray();
        Assert.Equal(rows.Length, written.Length);
        foreach (var (row, said) in rows.Zip(written))
        {
            foreach (var (cell, index) in said.Select(static (cell, index) => (cell, index)))
            {
                var isMeasured = index is Compared or Ran or Difference;
                if (index == Difference && hasCorpus)
                {
                    // Other processors round in other ways.
                    Assert.True(Number(row[index]) <= 10 * Number(cell), $"{row[0]}: logits differ by {row[index]}, the table says {cell}");
                }
                else if (hasCorpus || !isMeasured)
                {
                    Assert.Equal(row[index], cell);
                }
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private string[] Row(Family family, string[] folders)
    {
        var (prompts, texts) = (new List<double>(), new List<double>());
        foreach (var name in folders)
        {
            var (file, expected) = (CorpusRun.Convert(name, _folder.Path), CorpusRun.Json(name, "expected.json"));
            prompts.AddRange(CorpusRun.Prompts(file, expected).Select(static prompt => prompt.Difference));
            texts.AddRange(CorpusRun.Embeddings(file, expected).Select(static text => text.Difference));
        }

        double[] differences = [.. prompts, .. texts];
        return
        [
            family.Architecture,
            string.Join(", ", family.Classes),
            folders.Length switch
            {
                0 => "yes, not compared",
                1 => "1 folder",
                _ => $"{folders.Length} folders",
            },
            prompts.Count > 0 ? "yes"
            : texts.Count > 0 ? "embeds"
            : "not compared",
            family.Computation is not null ? "yes" : "no",
            family.ConvertsBack ? "yes" : "no",
            differences.Length > 0 ? differences.Max().ToString("0.0e-0", CultureInfo.InvariantCulture) : "",
        ];
    }

    private static Family FamilyOf(string name)
    {
        var config = CorpusRun.Json(name, "config.json");
        return FamilyList.OfClass(config.GetProperty("architectures")[0].GetString()!)
            ?? throw new InvalidOperationException($"{name} converts and is of no family");
    }

    private static void Update(string[][] rows)
    {
        var lines = File.ReadAllLines(Document).ToList();
        var start = lines.IndexOf(Head) + 2;
        var end = lines.FindIndex(start, static line => !line.StartsWith('|'));
        lines.RemoveRange(start, (end < 0 ? lines.Count : end) - start);
        lines.InsertRange(start, rows.Select(static row => $"| {string.Join(" | ", row)} |"));
        File.WriteAllText(Document, string.Join('\n', lines) + "\n");
    }

    private static string[] Cells(string line) => [.. line.Split('|')[1..^1].Select(static cell => cell.Trim())];

    private static double Number(string cell) => cell.Length == 0 ? 0 : double.Parse(cell, CultureInfo.InvariantCulture);
}
