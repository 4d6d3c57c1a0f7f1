using System.Diagnostics;
using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>`data generate` and `data mix` through the real client and service, with a scripted teacher behind real HTTP.</summary>
public sealed class SynthesisTests(TaxonomyService service) : IClassFixture<TaxonomyService>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab-gen-");

    private IlabInstallation Ilab => service.Ilab;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task ATaxonomyBecomesADatasetWithItsLineageAndIsMixed()
    {
        await using var teacher = await ScriptedTeacher.StartAsync();
        var commit = MakeTaxonomy();
        (string, string?)[] key = [("ILAB_TEACHER_KEY", "a secret")];
        string[] generate =
        [
            "data",
            "generate",
            _folder.FullName,
            "--base",
            "empty",
            "--teacher",
            "big",
            "--teacher-url",
            teacher.Address.ToString(),
            "--num-samples",
            "12",
            "--name",
            "lesson",
        ];
        var plan = JsonDocument.Parse((await Ilab.RunWithAsync("", key, [.. generate, "--dry-run", "--format", "json"])).Expect(0).Output).RootElement[0];
        Assert.Equal((2, 0), (plan.GetProperty("Leaves").GetArrayLength(), teacher.Answered));

        Assert.Equal("lesson:latest\n", (await Ilab.RunWithAsync("", key, generate)).Expect(0).Output);
        Assert.All(teacher.Authorizations, static sent => Assert.Equal("Bearer a secret", sent));
        Assert.DoesNotContain("a secret", (await Ilab.RunAsync("job", "ls", "--all", "--format", "json")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.GetFiles(Ilab.Root, "*", SearchOption.AllDirectories),
            static path => path.Contains("/keys/", StringComparison.Ordinal)
        );
        var dataset = JsonDocument.Parse((await Ilab.RunAsync("data", "inspect", "lesson")).Expect(0).Output).RootElement[0];
        var lineage = dataset.GetProperty("Lineage");
        Assert.Equal(
            (24, commit, "simple"),
            (dataset.GetProperty("Samples").GetInt32(), lineage.GetProperty("TaxonomyCommit").GetString(), lineage.GetProperty("Pipeline").GetString())
        );
        Assert.Contains(lineage.GetProperty("Inputs").EnumerateArray(), static input => input.GetProperty("Name").GetString() == "birds.md");
        Assert.Contains(
            "leaves/knowledge_birds_p07.jsonl",
            dataset.GetProperty("Files").EnumerateArray().Select(static file => file.GetProperty("Title").GetString())
        );
        Assert.Contains(
            "Penguins",
            (await Ilab.RunAsync("data", "show", "lesson", "--file", "leaves/knowledge_birds_p10.jsonl")).Expect(0).Output,
            StringComparison.Ordinal
        );

        Assert.Equal(
            "mixed:latest\n",
            (await Ilab.RunAsync("data", "mix", "lesson=0.5", "lesson/leaves/knowledge_birds_p07.jsonl=3", "--name", "mixed", "--system-prompt", "Be kind."))
                .Expect(0)
                .Output
        );
        Assert.Equal("15\n", (await Ilab.RunAsync("data", "ls", "--filter", "name=mixed", "--format", "{{.Samples}}")).Output);
        (await Ilab.RunAsync("data", "mix", "--recipe", "lesson/knowledge_recipe.yaml", "--name", "recipe")).Expect(0);
        Assert.Equal("12\n", (await Ilab.RunAsync("data", "ls", "--filter", "name=recipe", "--format", "{{.Samples}}")).Output);

        // A recipe of one's own, with a file beside it, and a set that was there before.
        Write("mine.jsonl", "{\"user\":\"mine\",\"assistant\":\"yes\"}\n");
        Write(
            "recipe.yaml",
            "datasets:\n  - {path: mine.jsonl, sampling_size: 5}\n  - {path: lesson/leaves/knowledge_birds_p10.jsonl, sampling_size: 1, minimum_share: 0.5}\n"
        );
        (await Ilab.RunAsync("data", "mix", "--recipe", Path.Combine(_folder.FullName, "recipe.yaml"), "--precomputed", "lesson", "--name", "own")).Expect(0);
        Assert.Equal("41\n", (await Ilab.RunAsync("data", "ls", "--filter", "name=own", "--format", "{{.Samples}}")).Output); // 24, 5, and half of 24
        File.Delete(Path.Combine(_folder.FullName, "mine.jsonl"));
        Assert.Contains(
            "the recipe refers to mine.jsonl, which does not exist",
            (await Ilab.RunAsync("data", "mix", "--recipe", Path.Combine(_folder.FullName, "recipe.yaml"), "--name", "own", "--replace")).Expect(127).Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task KilledAgainAndAgainItEndsAsIfNothingHadBeen()
    {
        await using var ilab = new IlabInstallation();
        await ilab.StartAsync();
        await using var teacher = await ScriptedTeacher.StartAsync();
        var file = Path.Combine(_folder.FullName, "compositional_skills", "notes", "qna.yaml");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, Skill);
        string[] generate =
        [
            "data",
            "generate",
            "--skill",
            file,
            "--teacher",
            "big",
            "--teacher-url",
            teacher.Address.ToString(),
            "--num-samples",
            "40",
            "--concurrency",
            "2",
            "--name",
        ];
        (await ilab.RunAsync([.. generate, "unbroken"])).Expect(0);
        var calls = teacher.Answered;
        var id = (await ilab.RunAsync([.. generate, "broken", "--detach"])).Expect(0).Output.Trim();
        foreach (var kill in Enumerable.Range(1, 3))
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var at = calls + (kill * 9);
            teacher.BeforeAnswer = answered => answered >= at && reached.TrySetResult() ? Task.Delay(Timeout.Infinite) : Task.CompletedTask;
            if (teacher.Answered < at)
            {
                await Task.WhenAny(reached.Task, ilab.RunAsync("job", "wait", id)).WaitAsync(Patience);
            }

            await ilab.KillAsync();
            teacher.BeforeAnswer = static _ => Task.CompletedTask;
            await ilab.StartAsync();
        }

        (await ilab.RunAsync("job", "wait", id)).Expect(0);
        Assert.Equal(
            (await ilab.RunAsync("data", "inspect", "unbroken", "--format", "{{.Digest}}")).Expect(0).Output,
            (await ilab.RunAsync("data", "inspect", "broken", "--format", "{{.Digest}}")).Expect(0).Output
        );
    }

    [Fact]
    public async Task WhatIsWrongIsToldBeforeThereIsAJob()
    {
        var file = Path.Combine(_folder.FullName, "qna.yaml");
        await File.WriteAllTextAsync(file, "version: 3\ncreated_by: ada\n");
        var wrong = (await Ilab.RunAsync("data", "generate", "--skill", file, "--teacher", "none")).Expect(1);
        Assert.Contains("has no seed_examples", wrong.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, Skill);
        Assert.Contains(
            "no such model: none",
            (await Ilab.RunAsync("data", "generate", "--skill", file, "--teacher", "none")).Expect(127).Error,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "no such pipeline: odd",
            (await Ilab.RunAsync("data", "generate", "--skill", file, "--teacher", "m", "--teacher-url", "http://localhost:1", "--pipeline", "odd"))
                .Expect(2)
                .Error,
            StringComparison.Ordinal
        );
        var pipeline = Path.Combine(_folder.FullName, "p.yaml");
        await File.WriteAllTextAsync(pipeline, "version: '1.0'\nblocks: [{name: a, type: LLMBlock, config: {config_path: none.yaml, output_cols: [b]}}]\n");
        Assert.Contains(
            "block a: the file none.yaml does not exist",
            (await Ilab.RunAsync("data", "generate", "--skill", file, "--teacher", "m", "--teacher-url", "http://localhost:1", "--pipeline", pipeline))
                .Expect(2)
                .Error,
            StringComparison.Ordinal
        );
    }

    private const string Skill =
        "version: 3\ncreated_by: ada\ntask_description: Short notes\nseed_examples:\n  - question: What is 0?\n    answer: It is 0.\n  - question: What is 1?\n    answer: It is 1.\n  - question: What is 2?\n    answer: It is 2.\n  - question: What is 3?\n    answer: It is 3.\n  - question: What is 4?\n    answer: It is 4.\n";

    /// <summary>A taxonomy under git with a skill and a piece of knowledge, whose document is in another repository.</summary>
    private string MakeTaxonomy()
    {
        var documents = Path.Combine(_folder.FullName, ".documents");
        Write(".documents/birds.md", "# Birds\n\nPenguins swim and do not fly. Swifts sleep while they fly.\n");
        Write(".documents/other.txt", "not wanted");
        GitIn(documents, "init", "-q", "-b", "main");
        GitIn(documents, "add", ".");
        GitIn(documents, "commit", "-q", "-m", "documents");
        var pinned = GitIn(documents, "rev-parse", "HEAD");
        Write(".documents/birds.md", "something newer");
        GitIn(documents, "commit", "-q", "-a", "-m", "newer");
        Write("compositional_skills/notes/qna.yaml", Skill);
        var examples = string.Concat(
            Enumerable
                .Range(0, 5)
                .Select(static i =>
                    $"  - context: Bird {i} sings.\n    questions_and_answers:\n"
                    + string.Concat(Enumerable.Range(0, 3).Select(j => $"      - question: What does bird {i} do {j}?\n        answer: It sings {j}.\n"))
                )
        );
        Write(
            "knowledge/birds/qna.yaml",
            $"version: 3\ncreated_by: ada\ndomain: birds\ndocument_outline: All about birds\nseed_examples:\n{examples}document:\n  repo: file://{documents}\n  commit: {pinned}\n  patterns:\n    - '*.md'\n"
        );
        File.WriteAllText(Path.Combine(_folder.FullName, ".gitignore"), ".documents\n");
        GitIn(_folder.FullName, "init", "-q", "-b", "main");
        GitIn(_folder.FullName, "add", ".");
        GitIn(_folder.FullName, "commit", "-q", "-m", "taxonomy");
        return GitIn(_folder.FullName, "rev-parse", "HEAD");
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private static string GitIn(string folder, params string[] arguments)
    {
        using var git = Process.Start(
            new ProcessStartInfo("git", ["-C", folder, "-c", "user.name=ada", "-c", "user.email=ada@example.org", .. arguments])
            {
                RedirectStandardOutput = true,
            }
        )!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {git.ExitCode}");
    }
}
