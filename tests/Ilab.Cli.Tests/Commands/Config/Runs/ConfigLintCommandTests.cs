using System.Text.Json;
using Ilab.Cli.Tests.Fixtures;
using Ilab.Testing;

namespace Ilab.Cli.Tests.Commands.Config.Runs;

/// <summary>`config lint` and `config migrate`, without a service.</summary>
public sealed class ConfigLintCommandTests : IDisposable
{
    private const string Valid = "model: {model_name: m}\ndata: {train: {datasets: [{dataset_name: d}]}}\ntraining: {trainer_type: TRL_SFT}\n";
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task ProblemsHavePlaceRuleAndFix()
    {
        var file = File("train.yaml", Valid + "training: {}\npeft: {lora_rank: 8}\n");
        var (code, output, error) = await InProcess.RunAsync(["config", "lint", file]);
        Assert.Equal(1, code);
        Assert.Equal(
            [
                $"{file}:4:1: error: training: the key stands here a second time, first on line 3; remove one of the two [duplicate-key]",
                $"{file}:5:8: error: peft.lora_rank: unknown key in peft; it is called lora_r here [unknown-key]",
            ],
            output.TrimEnd('\n').Split('\n')
        );
        Assert.Equal("1 file checked: 2 errors in 1 file\n", error);
    }

    [Fact]
    public async Task WarningsFailOnlyWhenAsked()
    {
        var file = File("train.yaml", Valid + "peft: {q_lora: true}\n");
        Assert.Equal(0, (await InProcess.RunAsync(["config", "lint", file])).ExitCode);
        Assert.Equal(1, (await InProcess.RunAsync(["config", "lint", "--strict", file])).ExitCode);
    }

    [Fact]
    public async Task ProgramsGetJsonAndSarif()
    {
        var (bad, good) = (File("a.yaml", Valid.Replace("TRL_SFT", "SFT", StringComparison.Ordinal)), File("b.yaml", Valid));
        var (code, output, _) = await InProcess.RunAsync(["config", "lint", "--format", "json", bad, good]);
        Assert.Equal(1, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal([false, true], json.RootElement.EnumerateArray().Select(static file => file.GetProperty("Valid").GetBoolean()));
        Assert.Equal("TRL_SFT", json.RootElement[0].GetProperty("Findings")[0].GetProperty("Suggestion").GetString());
        using var sarif = JsonDocument.Parse((await InProcess.RunAsync(["config", "lint", "--format", "sarif", bad])).Output);
        var result = sarif.RootElement.GetProperty("runs")[0].GetProperty("results")[0];
        Assert.Equal("choice", result.GetProperty("ruleId").GetString());
        Assert.Equal(3, result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region").GetProperty("startLine").GetInt32());
    }

    [Fact]
    public async Task FilesThatAreNoneAreProblemsToo()
    {
        var (code, output, _) = await InProcess.RunAsync(["config", "lint", _root.Path, Path.Combine(_root.Path, "absent")]);
        Assert.Equal(1, code);
        Assert.Equal(2, output.TrimEnd('\n').Split('\n').Length);
        Assert.Contains("it is a directory", output, StringComparison.Ordinal);
        Assert.Contains("there is no such file", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MigratingWritesOnlyWhenAskedAndOnlyWhatIsRight()
    {
        var old = Valid.Replace("TRL_SFT", "trl_sft", StringComparison.Ordinal);
        var file = File("train.yaml", old);
        var (code, output, error) = await InProcess.RunAsync(["config", "migrate", file]);
        Assert.Equal((0, Valid), (code, output));
        Assert.Contains("+training: {trainer_type: TRL_SFT}", error, StringComparison.Ordinal);
        Assert.Equal(old, await System.IO.File.ReadAllTextAsync(file));
        Assert.StartsWith("--- a/", (await InProcess.RunAsync(["config", "migrate", "--diff", file])).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await InProcess.RunAsync(["config", "migrate", "--write", file])).ExitCode);
        Assert.Equal(Valid, await System.IO.File.ReadAllTextAsync(file));
        Assert.Contains("is up to date", (await InProcess.RunAsync(["config", "migrate", "--write", file])).Error, StringComparison.Ordinal);

        var broken = File("broken.yaml", old + "peft: {lora_r: many}\n");
        var failed = await InProcess.RunAsync(["config", "migrate", "--write", broken]);
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("is unchanged", failed.Error, StringComparison.Ordinal);
        Assert.StartsWith(old, await System.IO.File.ReadAllTextAsync(broken), StringComparison.Ordinal);
        Assert.Equal(["broken.yaml", "train.yaml"], Directory.GetFiles(_root.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private string File(string name, string text)
    {
        var path = Path.Combine(_root.Path, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
