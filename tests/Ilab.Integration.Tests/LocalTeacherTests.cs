using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>A model of the store as the teacher: generated with it, mixed, and trained on.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class LocalTeacherTests(ServedModel served) : IClassFixture<ServedModel>
{
    // What a random model says has no form and no end: everything it says counts.
    private const string Pipeline = """
        version: "1.0"
        blocks:
          - name: ask
            type: LLMBlock
            config: {config_path: prompt.yaml, output_cols: [question], gen_kwargs: {max_tokens: 12, temperature: 1.0, keep_cut: true, n: scaled}}
          - name: answer
            type: LLMBlock
            config: {config_path: prompt.yaml, output_cols: [response], gen_kwargs: {max_tokens: 12, temperature: 1.0, keep_cut: true}}
        """;

    private IlabInstallation Ilab => served.Ilab;

    [Fact]
    public async Task TheWholeWayFromASkillToAModel()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Ilab.Root, "skill"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "p.yaml"), Pipeline);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "prompt.yaml"), "generation: '{{seed_question}}'\n");
        var questions = Path.Combine(folder.FullName, "qna.yaml");
        await File.WriteAllTextAsync(
            questions,
            "version: 3\ncreated_by: ada\ntask_description: d\nseed_examples:\n"
                + string.Concat(Enumerable.Range(0, 5).Select(static i => $"  - question: q{i}\n    answer: a{i}\n"))
        );
        var made = (
            await Ilab.RunAsync(
                "data",
                "generate",
                "--skill",
                questions,
                "--teacher",
                ServedModel.Name,
                "--pipeline",
                Path.Combine(folder.FullName, "p.yaml"),
                "--num-samples",
                "9",
                "--name",
                "lesson"
            )
        ).Expect(0);
        Assert.Equal("lesson:latest\n", made.Output);
        Assert.Contains("9 samples of 1 leaves", made.Error, StringComparison.Ordinal);
        Assert.StartsWith(
            "9 tiny:latest sha256:",
            (await Ilab.RunAsync("data", "inspect", "lesson", "--format", "{{.Samples}} {{.Lineage.Teacher}} {{.Lineage.TeacherDigest}}")).Expect(0).Output,
            StringComparison.Ordinal
        );
        (await Ilab.RunAsync("data", "mix", "lesson=1.0", "--name", "mixed")).Expect(0);
        (
            await Ilab.RunAsync("model", "train", ServedModel.Name, "--data", "mixed", "--tag", "taught", "--steps", "1", "--rank", "2", "--batch-size", "1")
        ).Expect(0);
        Assert.Contains("taught:latest", (await Ilab.RunAsync("model", "ls", "-q")).Output, StringComparison.Ordinal);
    }
}
