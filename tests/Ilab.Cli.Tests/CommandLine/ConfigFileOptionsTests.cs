using Ilab.Cli.Chat;
using Ilab.Cli.CommandLine;
using Ilab.Cli.Tests.Fixtures;
using Ilab.Client.Errors;
using Ilab.Testing;

namespace Ilab.Cli.Tests.CommandLine;

/// <summary>`--config FILE section.field=value`: what becomes of it on the command line.</summary>
public sealed class ConfigFileOptionsTests : IDisposable
{
    private const string Train = """
        model: {model_name: base, model_max_length: 512}
        data: {train: {datasets: [{dataset_name: text_sft_jsonl, dataset_path: facts.jsonl}]}}
        training: {trainer_type: TRL_SFT, use_peft: true, max_steps: 20, learning_rate: 1e-4, enable_wandb: true}
        peft: {lora_r: 16, lora_alpha: 32, lora_target_modules: [q_proj, v_proj]}
        ilab: {result: made}
        """;

    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task TheFileSaysWhatTheCommandLineDoesNot()
    {
        var (args, said) = await CompleteAsync(Train, ["model", "train", "--config", "FILE", "--rank", "4"]);
        Assert.Contains("base", args);
        Assert.Subset(
            args.ToHashSet(),
            new HashSet<string>
            {
                "--data=facts.jsonl",
                "--name=made",
                "--training-type=lora",
                "--alpha=32",
                "--target-module=attn_q",
                "--target-module=attn_v",
                "--steps=20",
                "--learning-rate=0.0001",
                "--max-seq-len=512",
                "--schedule=linear",
                "--seed=42",
            }
        );
        Assert.DoesNotContain(
            args,
            static word => word.StartsWith("--rank=", StringComparison.Ordinal) || word.StartsWith("--epochs", StringComparison.Ordinal)
        );
        Assert.Contains("training: no effect here: enable_wandb", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OverridesBeatTheFileAndOptionsBeatOverrides()
    {
        string[] words = ["model", "train", "other", "--config", "FILE", "training.max_steps=5", "peft.lora_r=2", "--steps", "7", "--name", "mine"];
        var (args, _) = await CompleteAsync(Train, words);
        Assert.Contains("--rank=2", args);
        Assert.DoesNotContain(args, static word => word is "base" or "--name=made" or "--steps=5" || word.Contains("max_steps", StringComparison.Ordinal));
        Assert.Equal(["other", "--config"], args.SkipWhile(static word => word != "other").Take(2));
    }

    [Fact]
    public async Task AutoLeavesOpenWhatTheFileDoesNotSay()
    {
        var text = Train.Replace("result: made", "result: made, training_type: auto", StringComparison.Ordinal);
        var (args, _) = await CompleteAsync(text, ["model", "train", "--config", "FILE"]);
        Assert.Contains("--learning-rate=0.0001", args);
        Assert.DoesNotContain(
            args,
            static word => word.StartsWith("--batch-size", StringComparison.Ordinal) || word.StartsWith("--schedule", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("training.trainer_type=TRL_DPO", "training.trainer_type: TRL_DPO is not done here")]
    [InlineData("peft.lora_bias=all", "peft.lora_bias: all: biases are not trained here")]
    [InlineData("training.max_stepz=5", "did you mean max_steps?")]
    public async Task WhatCannotBeDoneIsSaidByName(string word, string expected)
    {
        var exception = await Assert.ThrowsAsync<IlabException>(() => CompleteAsync(Train, ["model", "train", "--config", "FILE", word]));
        Assert.Contains(expected, exception.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InferenceAndServeTakeTheirs()
    {
        const string Infer =
            "model: {model_name: m, model_max_length: 256}\ngeneration: {max_new_tokens: 9, temperature: 0.5, seed: 3}\nengine: LLAMACPP\nilab: {device: cpu}\n";
        var (args, _) = await CompleteAsync(Infer, ["model", "inference", "--config", "FILE", "generation.temperature=0", "--prompt", "Once"]);
        Assert.Subset(args.ToHashSet(), new HashSet<string> { "--model-name=m", "--max-length=9", "--temperature=0", "--seed=3", "--device=cpu" });
        (args, _) = await CompleteAsync(Infer, ["model", "serve", "--config", "FILE"]);
        Assert.Equal(["model", "serve", "--device=cpu", "--ctx=256", "m"], args.Take(5));
        var exception = await Assert.ThrowsAsync<IlabException>(() => CompleteAsync(Infer, ["model", "serve", "--config", "FILE", "engine=ANTHROPIC"]));
        Assert.Contains("engine: ANTHROPIC answers elsewhere", exception.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OverridesNeedAFile()
    {
        var (code, _, error) = await InProcess.RunAsync(["model", "train", "base", "--data", "d", "--name", "n", "training.max_steps=5"]);
        Assert.Equal(2, code);
        Assert.Contains("--config FILE is needed", error, StringComparison.Ordinal);
    }

    private async Task<(IReadOnlyList<string> Args, string Said)> CompleteAsync(string text, string[] words)
    {
        var file = Path.Combine(_root.Path, "run.yaml");
        await File.WriteAllTextAsync(file, text);
        using var interrupts = new ProcessInterrupts();
        var error = new StringWriter { NewLine = "\n" };
        using var session = InProcess.Session(interrupts, TextWriter.Null, error);
        string[] args = [.. words.Select(word => word == "FILE" ? file : word)];
        var root = CommandTree.Build(session, args);
        var completed = await ConfigFileOptions.CompleteAsync(session, args, root.Parse(args, CliProgram.Parser), CancellationToken.None);
        Assert.NotNull(completed);
        Assert.Empty(CommandTree.Build(session, completed).Parse(completed, CliProgram.Parser).Errors);
        return (completed, error.ToString());
    }
}
