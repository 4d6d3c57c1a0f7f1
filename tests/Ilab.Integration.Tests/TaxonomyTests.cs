using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>`tax check`, `tax diff` and `tax download` through the real client: what people and other programs get to read.</summary>
public sealed class TaxonomyTests(TaxonomyService service) : IClassFixture<TaxonomyService>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab-tax-");

    private IlabInstallation Ilab => service.Ilab;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task EveryProblemOfEveryFileIsToldWithItsPlaceAndWhatToDo()
    {
        Write("compositional_skills/writing/good/qna.yaml", Skill());
        var bad = Write(
            "compositional_skills/writing/bad/qna.yaml",
            Skill().Replace("created_by: ada\n", "", StringComparison.Ordinal).Replace("answer: It is 0.\n", "answer: It is 0. \n", StringComparison.Ordinal)
        );
        var worse = Write("knowledge/birds/qna.yaml", "version: 3\ncreated_by: [ada\n");
        var said = await Ilab.RunAsync("tax", "check", _folder.FullName);
        Assert.Equal(1, said.ExitCode);
        var lines = said.Output.TrimEnd().Split('\n');
        Assert.Contains($"{bad}:1:1: error: the file has no created_by; add created_by [required]", lines);
        Assert.Contains(
            lines,
            line => line.StartsWith($"{bad}:5:", StringComparison.Ordinal) && line.EndsWith("[lint:trailing-spaces]", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            line =>
                line.StartsWith($"{worse}:", StringComparison.Ordinal)
                && line.Contains(": error: ", StringComparison.Ordinal)
                && line.EndsWith("[yaml:parser]", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(lines, static line => line.Contains("/good/", StringComparison.Ordinal) && line.Contains("error", StringComparison.Ordinal));
        Assert.Contains("3 files checked: 3 errors in 2 files", said.Error, StringComparison.Ordinal);
        Assert.Equal($"{bad}\n{worse}\n", (await Ilab.RunAsync("tax", "check", "-q", _folder.FullName)).Expect(1).Output);
    }

    [Fact]
    public async Task AFileThatIsNotThereIsNamedAtOnce()
    {
        var missing = Path.Combine(_folder.FullName, "missing", "qna.yaml");
        foreach (var command in new string[][] { ["data", "generate", "--skill", missing], ["data", "generate", missing] })
        {
            var said = await Ilab.RunAsync(command).WaitAsync(TimeSpan.FromMinutes(1));
            Assert.NotEqual(0, said.ExitCode);
            Assert.Contains(missing, said.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ProgramsGetJsonSarifAndRemarks()
    {
        var bad = Write("compositional_skills/a/qna.yaml", "version: 3\ncreated_by: ada\ntask_description: d\n");
        Write("compositional_skills/a/attribution.txt", "Title of work: t\nLink to work: -\nLicense of the work: MIT\nCreator names: ada\n");
        var file = JsonDocument.Parse((await Ilab.RunAsync("tax", "check", "--format", "json", bad)).Expect(1).Output).RootElement[0];
        Assert.False(file.GetProperty("Valid").GetBoolean());
        Assert.Equal(
            "required 1",
            string.Join(
                ", ",
                file.GetProperty("Findings")
                    .EnumerateArray()
                    .Where(static finding => finding.GetProperty("Level").GetString() == "error")
                    .Select(static finding => $"{finding.GetProperty("Rule")} {finding.GetProperty("Line")}")
            )
        );
        var run = JsonDocument.Parse((await Ilab.RunAsync("tax", "check", "--format", "sarif", bad)).Expect(1).Output).RootElement.GetProperty("runs")[0];
        Assert.Equal("ilab", run.GetProperty("tool").GetProperty("driver").GetProperty("name").GetString());
        var result = run.GetProperty("results").EnumerateArray().Single(static result => result.GetProperty("ruleId").GetString() == "required");
        var place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal(
            ("file://" + bad, 1),
            (place.GetProperty("artifactLocation").GetProperty("uri").GetString(), place.GetProperty("region").GetProperty("startLine").GetInt32())
        );
        var remarks = (await Ilab.RunAsync("tax", "check", "--format", "github", bad)).Expect(1).Output;
        Assert.Contains($"::error file={bad},line=1,col=1,title=required::the file has no seed_examples", remarks, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RepairShowsADiffAndTheFileIsValidAfterwards()
    {
        var text = Skill();
        var path = Write("compositional_skills/a/qna.yaml", text.Replace("created_by: ada\n", "created_by: ada  \n", StringComparison.Ordinal).TrimEnd('\n'));
        var damaged = await File.ReadAllTextAsync(path);
        var shown = (await Ilab.RunAsync("tax", "check", "--fix", "--dry-run", path)).Expect(1);
        Assert.Contains("-created_by: ada  \n+created_by: ada\n", shown.Error, StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllTextAsync(path));

        // Without a terminal nobody can be asked, and nothing is changed unasked.
        Assert.Contains("confirm with --yes", (await Ilab.RunAsync("tax", "check", "--fix", path)).Expect(2).Error, StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllTextAsync(path));
        (await Ilab.RunAsync("tax", "check", "--fix", "--yes", path)).Expect(0);
        Assert.Equal(text, await File.ReadAllTextAsync(path));
        Assert.Equal(text, (await Ilab.RunWithAsync(damaged, [], "tax", "check", "--fix", "-", "--name", "compositional_skills/a/qna.yaml")).Expect(0).Output);
    }

    [Fact]
    public async Task StandardInputIsCheckedAndNamed()
    {
        (await Ilab.RunWithAsync(Skill(), [], "tax", "check", "-")).Expect(0);
        var said = await Ilab.RunWithAsync("version: 3\n", [], "tax", "check", "-", "--name", "knowledge/x/qna.yaml");
        Assert.Equal(1, said.ExitCode);
        Assert.Contains("knowledge/x/qna.yaml:1:1: error: the file has no domain", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APlainFolderIsAllNewAndARepositoryHasWhatChanged()
    {
        Write("compositional_skills/old/qna.yaml", Skill());
        Write("compositional_skills/edited/qna.yaml", Skill());
        Assert.Equal("compositional_skills/edited/qna.yaml compositional_skills/old/qna.yaml", await DiffAsync());
        Git("init", "-q", "-b", "main");
        Git("add", ".");
        Git("commit", "-q", "-m", "first");
        Assert.Equal("", await DiffAsync());
        Git("checkout", "-q", "-b", "work");
        Write("compositional_skills/edited/qna.yaml", Skill() + "# more\n");
        Write("compositional_skills/staged/qna.yaml", Skill());
        Git("add", "compositional_skills/staged");
        Write("knowledge/untracked/qna.yaml", "version: 3\n");
        Write("foundational_skills/not_looked_at/qna.yaml", Skill());
        Assert.Equal("compositional_skills/edited/qna.yaml compositional_skills/staged/qna.yaml knowledge/untracked/qna.yaml", await DiffAsync(1));
        Assert.Equal(
            "compositional_skills/edited/qna.yaml compositional_skills/old/qna.yaml compositional_skills/staged/qna.yaml knowledge/untracked/qna.yaml",
            await DiffAsync(1, "--base", "empty")
        );
        Assert.Contains("nowhere", (await Ilab.RunAsync("tax", "diff", "--base", "nowhere", _folder.FullName)).Expect(127).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADownloadIsShallowTakesAnyRefAndIsUpdated()
    {
        Write("origin/compositional_skills/a/qna.yaml", Skill());
        var origin = Path.Combine(_folder.FullName, "origin");
        GitIn(origin, "init", "-q", "-b", "main");
        GitIn(origin, "add", ".");
        GitIn(origin, "commit", "-q", "-m", "first");
        GitIn(origin, "tag", "v1");
        Write("origin/compositional_skills/b/qna.yaml", Skill());
        GitIn(origin, "add", ".");
        GitIn(origin, "commit", "-q", "-m", "second");
        var (address, clone, tagged) = ("file://" + origin, Path.Combine(_folder.FullName, "clone"), Path.Combine(_folder.FullName, "tagged"));
        Assert.Equal(clone + "\n", (await Ilab.RunAsync("tax", "download", clone, "--repository", address)).Expect(0).Output);
        Assert.Equal("1", GitIn(clone, "rev-list", "--count", "HEAD"));
        (await Ilab.RunAsync("tax", "download", tagged, "--repository", address, "--ref", "v1")).Expect(0);
        Assert.False(Directory.Exists(Path.Combine(tagged, "compositional_skills", "b")));
        Write("origin/compositional_skills/c/qna.yaml", Skill());
        GitIn(origin, "add", ".");
        GitIn(origin, "commit", "-q", "-m", "third");
        (await Ilab.RunAsync("tax", "download", clone)).Expect(0);
        Assert.True(File.Exists(Path.Combine(clone, "compositional_skills", "c", "qna.yaml")));
        (await Ilab.RunAsync("tax", "download", clone, "--repository", address, "--ref", "v1")).Expect(0);
        Assert.False(Directory.Exists(Path.Combine(clone, "compositional_skills", "b")));
        Assert.Contains(
            $"is a clone of {address}",
            (await Ilab.RunAsync("tax", "download", clone, "--repository", "https://example.org/another.git")).Error,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "exists and is not a git repository",
            (await Ilab.RunAsync("tax", "download", _folder.FullName, "--repository", address)).Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task TenThousandFilesTakeSecondsAndBombsLittleMemory()
    {
        foreach (var index in Enumerable.Range(0, 10_000))
        {
            Write($"compositional_skills/d{index % 100}/f{index}/qna.yaml", Skill());
        }

        var watch = Stopwatch.StartNew();
        Assert.Contains("10000 files checked, all valid", (await Ilab.RunAsync("tax", "check", _folder.FullName)).Expect(0).Error, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30)); // ten on a machine of its own
        var before = Memory("VmRSS:");
        var bomb = string.Concat(
            Enumerable.Range(0, 30).Select(static i => i == 0 ? "a0: &a0 [x, x]\n" : $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n")
        );
        var nested = "a: " + new string('[', 1_000_000);
        watch.Restart();
        (await Ilab.RunWithAsync(bomb, [], "tax", "check", "-")).Expect(1);
        (await Ilab.RunWithAsync(nested, [], "tax", "check", "-")).Expect(1);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10)); // one each on a machine of its own
        Assert.InRange(Memory("VmHWM:") - before, 0, 100 << 10);
    }

    private long Memory(string line) =>
        long.Parse(
            File.ReadLines($"/proc/{Ilab.ServicePid}/status")
                .First(text => text.StartsWith(line, StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        );

    private static string Skill() =>
        "version: 3\ncreated_by: ada\ntask_description: Short notes\nseed_examples:\n"
        + string.Concat(Enumerable.Range(0, 5).Select(static i => $"  - question: What is {i}?\n    answer: It is {i}.\n"));

    private string Write(string path, string text)
    {
        var full = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return full;
    }

    private async Task<string> DiffAsync(int exitCode = 0, params string[] more)
    {
        var said = (await Ilab.RunAsync(["tax", "diff", _folder.FullName, "--format", "{{.Path}}", .. more])).Expect(exitCode);
        return string.Join(' ', said.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(path => Path.GetRelativePath(_folder.FullName, path)));
    }

    private void Git(params string[] arguments) => GitIn(_folder.FullName, arguments);

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

/// <summary>A service without models, shared by the tests of a class.</summary>
public sealed class TaxonomyService : IAsyncLifetime
{
    public IlabInstallation Ilab { get; } = new();

    public Task InitializeAsync() => Ilab.StartAsync();

    public async Task DisposeAsync() => await Ilab.DisposeAsync();
}
