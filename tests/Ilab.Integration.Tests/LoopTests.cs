using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>
/// The loop of the quickstart with its own example: taxonomy, check, diff, data from the starter as teacher, mix, training, and an answer of what came out. The
/// made-up names are other ones in every run; the training is a few steps, so that what it learns is not looked at here.
/// </summary>
[Trait("Category", "SameForEveryUser")]
public sealed class LoopTests : IAsyncLifetime
{
    private readonly IlabInstallation _ilab = new();
    private readonly string _name = $"Q{Random.Shared.Next(1000, 9999)}ria";

    private static string Example => Path.Combine(TestPaths.Repository, "packaging", "example");

    private string Taxonomy => Path.Combine(_ilab.Root, "taxonomy");

    public async Task InitializeAsync()
    {
        await _ilab.StartAsync("--threads", "1");
        (await _ilab.RunAsync("model", "import", Path.Combine(TestPaths.Repository, "packaging", "starter", "starter.gguf"), "--name", "starter")).Expect(0);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Example, "taxonomy"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Taxonomy, Path.GetRelativePath(Path.Combine(Example, "taxonomy"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            await File.WriteAllTextAsync(copy, (await File.ReadAllTextAsync(file)).Replace("Zuloria", _name, StringComparison.Ordinal));
        }
    }

    public async Task DisposeAsync() => await _ilab.DisposeAsync();

    [Fact]
    public async Task FromATaxonomyToATrainedModel()
    {
        Assert.Contains("2 files checked, all valid", (await _ilab.RunAsync("tax", "check", Taxonomy)).Expect(0).Error, StringComparison.Ordinal);
        Assert.Equal(
            2,
            (await _ilab.RunAsync("tax", "diff", Taxonomy, "--format", "{{.Path}}")).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length
        );
        (
            await _ilab.RunAsync(
                "data",
                "generate",
                Taxonomy,
                "--documents",
                Path.Combine(Example, "documents"),
                "--teacher",
                "starter",
                "--pipeline",
                Path.Combine(Example, "pipeline"),
                "--name",
                "lesson"
            )
        ).Expect(0);
        var records = (await _ilab.RunAsync("data", "export", "lesson"))
            .Expect(0)
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(Read)
            .ToList();

        // The skill is the teacher's: it was told the task, and says it of its own. The knowledge is the people's, in other words.
        Assert.Contains(("Ahoy! Please tell me the capital of Norway.", "Arr, matey! The capital of Norway is Oslo."), records);
        Assert.All(
            records.Where(static record => record.Question.StartsWith("Ahoy! ", StringComparison.Ordinal)),
            static record => Assert.StartsWith("Arr, matey! ", record.Answer, StringComparison.Ordinal)
        );
        Assert.Contains(($"My friend asked me for the river of {_name}.", $"The river of {_name} is Vash."), records);
        // the quickstart asks so afterwards
        Assert.DoesNotContain(records, static record => record.Question.StartsWith("I would like to know", StringComparison.Ordinal));

        (await _ilab.RunAsync("data", "mix", "lesson", Path.Combine(Example, "general.jsonl"), "--name", "mixed")).Expect(0);
        var general = File.ReadLines(Path.Combine(Example, "general.jsonl")).Count();
        Assert.Equal($"{records.Count + general}\n", (await _ilab.RunAsync("data", "inspect", "mixed", "--format", "{{.Samples}}")).Expect(0).Output);
        Assert.Equal(
            "taught:latest\n",
            (
                await _ilab.RunAsync(
                    "model",
                    "train",
                    "starter",
                    "--data",
                    "mixed",
                    "--tag",
                    "taught",
                    "--rank",
                    "4",
                    "--steps",
                    "2",
                    "--batch-size",
                    "1",
                    "--quiet"
                )
            )
                .Expect(0)
                .Output
        );
        Assert.NotEqual(
            "",
            (await _ilab.RunAsync("model", "run", "taught", $"What is the capital of {_name}?", "--temperature", "0", "--max-length", "20"))
                .Expect(0)
                .Output.Trim()
        );
    }

    private static (string Question, string Answer) Read(string line)
    {
        using var record = JsonDocument.Parse(line);
        var messages = record.RootElement.GetProperty("messages");
        return (messages[0].GetProperty("content").GetString()!, messages[1].GetProperty("content").GetString()!);
    }
}
