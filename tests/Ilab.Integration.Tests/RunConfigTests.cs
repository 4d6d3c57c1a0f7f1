using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>`config lint`, `config migrate`, and `--config` of the verbs that run what a file says.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class RunConfigTests(ServedModel served) : IClassFixture<ServedModel>, IDisposable
{
    private const string Valid = "model: {model_name: m}\ndata: {train: {datasets: [{dataset_name: d}]}}\ntraining: {trainer_type: TRL_SFT}\n";
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task ProblemsHavePlaceRuleAndFix()
    {
        var file = File("train.yaml", Valid + "training: {}\npeft: {lora_rank: 8}\n");
        var (code, output, error) = await RunAsync(["config", "lint", file]);
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
        Assert.Equal(0, (await RunAsync(["config", "lint", file])).ExitCode);
        Assert.Equal(1, (await RunAsync(["config", "lint", "--strict", file])).ExitCode);
    }

    [Fact]
    public async Task ProgramsGetJsonAndSarif()
    {
        var (bad, good) = (File("a.yaml", Valid.Replace("TRL_SFT", "SFT", StringComparison.Ordinal)), File("b.yaml", Valid));
        var (code, output, _) = await RunAsync(["config", "lint", "--format", "json", bad, good]);
        Assert.Equal(1, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal([false, true], json.RootElement.EnumerateArray().Select(static file => file.GetProperty("Valid").GetBoolean()));
        Assert.Equal("TRL_SFT", json.RootElement[0].GetProperty("Findings")[0].GetProperty("Suggestion").GetString());
        using var sarif = JsonDocument.Parse((await RunAsync(["config", "lint", "--format", "sarif", bad])).Output);
        var result = sarif.RootElement.GetProperty("runs")[0].GetProperty("results")[0];
        Assert.Equal("choice", result.GetProperty("ruleId").GetString());
        Assert.Equal(3, result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region").GetProperty("startLine").GetInt32());
    }

    [Fact]
    public async Task FilesThatAreNoneAreProblemsToo()
    {
        var (code, output, _) = await RunAsync(["config", "lint", _root.Path, Path.Combine(_root.Path, "absent")]);
        Assert.Equal(1, code);
        Assert.Equal(2, output.TrimEnd('\n').Split('\n').Length);
        Assert.Contains(": error: is a directory; name a file", output, StringComparison.Ordinal);
        Assert.Contains("no such file", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MigratingWritesOnlyWhenAskedAndOnlyWhatIsRight()
    {
        var old = Valid.Replace("TRL_SFT", "trl_sft", StringComparison.Ordinal);
        var file = File("train.yaml", old);
        var (code, output, error) = await RunAsync(["config", "migrate", file]);
        Assert.Equal((0, Valid), (code, output));
        Assert.Contains("+training: {trainer_type: TRL_SFT}", error, StringComparison.Ordinal);
        Assert.Equal(old, await System.IO.File.ReadAllTextAsync(file));
        Assert.StartsWith("--- a/", (await RunAsync(["config", "migrate", "--diff", file])).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(["config", "migrate", "--write", file])).ExitCode);
        Assert.Equal(Valid, await System.IO.File.ReadAllTextAsync(file));
        Assert.Contains("is up to date", (await RunAsync(["config", "migrate", "--write", file])).Error, StringComparison.Ordinal);

        var broken = File("broken.yaml", old + "peft: {lora_r: many}\n");
        var failed = await RunAsync(["config", "migrate", "--write", broken]);
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("is unchanged", failed.Error, StringComparison.Ordinal);
        Assert.StartsWith(old, await System.IO.File.ReadAllTextAsync(broken), StringComparison.Ordinal);
        var shown = await RunAsync(["config", "migrate", broken]);
        Assert.Equal(1, shown.ExitCode);
        Assert.StartsWith(Valid, shown.Output, StringComparison.Ordinal);
        Assert.Equal(["broken.yaml", "train.yaml"], Directory.GetFiles(_root.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AFileOfAllSettingsIsNotReplacedByAPartOfIt()
    {
        const string Old = "# mine\nchat:\n  temperature: 0.5\ntrain:\n  model_path: m\n  data_path: /data/train.jsonl\n  num_epochs: 2\n  lora_rank: 4\n";
        var file = File("config.yaml", Old);
        var refused = await RunAsync(["config", "migrate", "--write", file]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("write the run config to another file with --output", refused.Error, StringComparison.Ordinal);
        Assert.Equal(Old, await System.IO.File.ReadAllTextAsync(file));

        var target = Path.Combine(_root.Path, "train.yaml");
        Assert.Equal(0, (await RunAsync(["config", "migrate", file, "--output", target])).ExitCode);
        Assert.Equal(await System.IO.File.ReadAllTextAsync(target), (await RunAsync(["config", "migrate", file, "--output", "-"])).Output);
        Assert.Equal(0, (await RunAsync(["config", "migrate", "--write", target])).ExitCode);
    }

    [Fact]
    public async Task ATrainingRunsAsTheFileSays()
    {
        var data = File("facts.jsonl", string.Concat(Enumerable.Repeat("{\"prompt\": \"Who is it?\", \"completion\": \"It is Ada.\"}\n", 4)));
        var file = File(
            "train.yaml",
            """
            model: {model_name: tiny, model_max_length: 32}
            data: {train: {datasets: [{dataset_name: text_sft_jsonl, dataset_path: DATA}]}}
            training: {trainer_type: TRL_SFT, use_peft: true, max_steps: 50, per_device_train_batch_size: 1, enable_wandb: true}
            peft: {lora_r: 2, lora_alpha: 4}
            ilab: {result: from-file}
            """.Replace("DATA", data, StringComparison.Ordinal)
        );
        var (code, output, error) = await RunAsync(["model", "train", "--config", file, "training.max_steps=2", "--rank", "3"]);
        Assert.True(code == 0, error);
        Assert.Contains("from-file", output, StringComparison.Ordinal);
        Assert.Contains("Warning: " + file + ":3:1: training: no effect here: enable_wandb", error, StringComparison.Ordinal);
        var history = (await RunAsync(["job", "ls", "--all", "--format", "{{.Kind}} {{.Title}}"])).Output;
        Assert.Contains("train", history, StringComparison.OrdinalIgnoreCase);

        var refused = await RunAsync(["model", "train", "--config", file, "training.trainer_type=TRL_DPO", "peft.lora_bias=all"]);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("training.trainer_type: TRL_DPO is not done here", refused.Error, StringComparison.Ordinal);
        Assert.Contains("peft.lora_bias: all: biases are not trained here", refused.Error, StringComparison.Ordinal);
        var wrong = await RunAsync(["model", "train", "--config", file, "training.max_stepz=2"]);
        Assert.Contains("did you mean max_steps?", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InferenceAndServeTakeTheirs()
    {
        var file = File("infer.yaml", "model: {model_name: tiny}\ngeneration: {max_new_tokens: 4, temperature: 0.0, seed: 3}\nengine: LLAMACPP\n");
        var byFile = await RunAsync(["model", "inference", "--config", file, "--prompt", "Once"]);
        var byOptions = await RunAsync(["model", "inference", "--model-name", "tiny", "--max-length", "4", "--temperature", "0", "--prompt", "Once"]);
        Assert.Equal((0, byOptions.Output), (byFile.ExitCode, byFile.Output));
        var serving = await RunAsync(["model", "serve", "--quiet", "--config", file]);
        Assert.Equal((0, "tiny:latest\n"), (serving.ExitCode, serving.Output));
        Assert.Contains(
            "engine: ANTHROPIC answers elsewhere",
            (await RunAsync(["model", "serve", "--config", file, "engine=ANTHROPIC"])).Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task OverridesNeedAFile()
    {
        var (code, _, error) = await RunAsync(["model", "train", "tiny", "--data", "d", "--name", "n", "training.max_steps=5"]);
        Assert.Equal(2, code);
        Assert.Contains("--config FILE is needed", error, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments)
    {
        var result = await served.Ilab.RunAsync(arguments);
        return (result.ExitCode, result.Output, result.Error);
    }

    private string File(string name, string text)
    {
        var path = Path.Combine(_root.Path, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
