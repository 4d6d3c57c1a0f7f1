using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>Datasets through the real client: in, looked at, out, gone.</summary>
public sealed class DatasetTests(TaxonomyService service) : IClassFixture<TaxonomyService>
{
    private const string Records = """
        {"messages":[{"role":"user","content":"How many legs has a bird?"},{"role":"assistant","content":"Two."}]}
        {"system":"Be short.","user":"And a dog?","assistant":"Four."}
        {"messages":[{"role":"user","content":"How many legs has a bird?"},{"role":"assistant","content":"Two."}]}

        """;

    private IlabInstallation Ilab => service.Ilab;

    [Fact]
    public async Task RecordsComeInAreLookedAtAndGo()
    {
        Assert.Equal("legs:latest\n", (await Ilab.RunWithAsync(Records, [], "data", "import", "-", "--name", "legs", "--label", "kind=test")).Expect(0).Output);
        Assert.Equal(
            "legs:latest 3 import:standard-input\n",
            (await Ilab.RunAsync("data", "ls", "--filter", "name=legs", "--format", "{{.Name}} {{.Samples}} {{.Source}}")).Expect(0).Output
        );
        var dataset = JsonDocument.Parse((await Ilab.RunAsync("data", "inspect", "legs")).Expect(0).Output).RootElement[0];
        var statistics = dataset.GetProperty("Statistics");
        Assert.Equal(
            (3, 7, 1),
            (statistics.GetProperty("Samples").GetInt32(), statistics.GetProperty("Messages").GetInt32(), statistics.GetProperty("Duplicates").GetInt32())
        );
        Assert.Equal("import", dataset.GetProperty("Lineage").GetProperty("Kind").GetString());
        Assert.Equal(
            "[system]\nBe short.\n[user]\nAnd a dog?\n[assistant]\nFour.\n\n",
            (await Ilab.RunAsync("data", "show", "legs", "--skip", "1", "--take", "1")).Expect(0).Output
        );
        var exported = (await Ilab.RunAsync("data", "export", "legs")).Expect(0).Output;
        Assert.Equal(3, exported.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        // The same records are the same dataset, with one more name; the bytes stay as long as a name does.
        (await Ilab.RunWithAsync(exported, [], "data", "import", "-", "--name", "again")).Expect(0);
        (await Ilab.RunAsync("system", "prune", "--force", "--all")).Expect(0);
        Assert.Equal(exported, (await Ilab.RunAsync("data", "export", "again")).Expect(0).Output);
        (await Ilab.RunAsync("data", "rm", "legs")).Expect(0);
        (await Ilab.RunAsync("data", "rm", "again")).Expect(0);
        Assert.Equal(127, (await Ilab.RunAsync("data", "inspect", "legs")).ExitCode);
    }

    [Fact]
    public async Task ADatasetWithoutANameGoesWithAPrune()
    {
        var records = Records.Replace("bird", "spider", StringComparison.Ordinal); // no other test names the same
        (await Ilab.RunWithAsync(records, [], "data", "import", "-", "--name", "moved")).Expect(0);
        var first = (await Ilab.RunAsync("data", "inspect", "moved", "--format", "{{.Digest}}")).Expect(0).Output.Trim();
        (await Ilab.RunWithAsync(records + records, [], "data", "import", "-", "--name", "moved", "--replace")).Expect(0);

        var dry = (await Ilab.RunAsync("system", "prune", "--dry-run", "--all")).Expect(0);
        Assert.Contains(first, dry.Output, StringComparison.Ordinal);
        var pruned = (await Ilab.RunAsync("system", "prune", "--force", "--all")).Expect(0);
        Assert.Contains(first, pruned.Output, StringComparison.Ordinal);
        Assert.Equal(dry.Error.Replace("Would reclaim", "Reclaimed", StringComparison.Ordinal), pruned.Error);
        Assert.DoesNotContain(first, (await Ilab.RunAsync("system", "prune", "--dry-run", "--all")).Expect(0).Output, StringComparison.Ordinal);
        Assert.Equal(6, (await Ilab.RunAsync("data", "export", "moved")).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task EveryLineThatIsNoRecordIsTold()
    {
        var wrong = "{\"messages\":[]}\n" + Records + "nonsense\n";
        var refused = (await Ilab.RunWithAsync(wrong, [], "data", "import", "-", "--name", "wrong")).Expect(2);
        Assert.Contains("line 1: messages is not a non-empty list; line 5: not JSON", refused.Error, StringComparison.Ordinal);
        Assert.Contains(
            "3 samples, 2 lines skipped",
            (await Ilab.RunWithAsync(wrong, [], "data", "import", "-", "--name", "wrong", "--skip-invalid")).Expect(0).Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task RowsOfATableAreRecords()
    {
        var table = Path.Combine(Ilab.Root, "table.csv");
        await File.WriteAllTextAsync(table, "prompt,completion\n\"Which, of these?\",\"The \"\"first\"\"\"\nno answer\n");
        Assert.Contains(
            "line 3: has 1 columns, but the header has 2",
            (await Ilab.RunAsync("data", "import", table)).Expect(2).Error,
            StringComparison.Ordinal
        );
        Assert.Equal("table:latest\n", (await Ilab.RunAsync("data", "import", table, "--skip-invalid")).Expect(0).Output);
        Assert.Equal("[user]\nWhich, of these?\n[assistant]\nThe \"first\"\n\n", (await Ilab.RunAsync("data", "show", "table")).Expect(0).Output);

        // A broken Parquet file costs its reader, not the service.
        var broken = Path.Combine(Ilab.Root, "broken.parquet");
        await File.WriteAllTextAsync(broken, "PAR1 and nothing of the kind");
        Assert.Contains("broken.parquet cannot be read", (await Ilab.RunAsync("data", "import", broken)).Expect(2).Error, StringComparison.Ordinal);
        (await Ilab.RunAsync("data", "ls")).Expect(0);
    }

    [Fact]
    public async Task AFolderTakesEveryFileAndNothingIsOverwritten()
    {
        (await Ilab.RunWithAsync(Records, [], "data", "import", "-", "--name", "files")).Expect(0);
        var folder = Path.Combine(Ilab.Root, "exported") + "/";
        Assert.Equal(folder + "train.jsonl\n", (await Ilab.RunAsync("data", "export", "files", folder)).Expect(0).Output);
        Assert.Contains("already exists", (await Ilab.RunAsync("data", "export", "files", folder)).Error, StringComparison.Ordinal);
        (await Ilab.RunAsync("data", "export", "files", folder, "--replace")).Expect(0);
    }
}
