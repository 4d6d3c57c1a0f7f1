using Ilab.Configuration.Runs;
using Ilab.Daemon.Services.Runs;

namespace Ilab.Daemon.Tests.Services.Runs;

/// <summary>What a run config says, as the command line of a verb.</summary>
public sealed class RunArgumentsTests
{
    private const string Train = """
        model: {model_name: base, model_max_length: 512}
        data: {train: {datasets: [{dataset_name: text_sft_jsonl, dataset_path: facts.jsonl}]}}
        training: {trainer_type: TRL_SFT, use_peft: true, max_steps: 20, learning_rate: 1e-4, enable_wandb: true}
        peft: {lora_r: 16, lora_alpha: 32, lora_target_modules: [q_proj, v_proj]}
        ilab: {result: made}
        """;

    [Fact]
    public void ATrainingIsItsOptions()
    {
        var arguments = TrainArguments.Of(RunConfig.Parse(Train));
        Assert.Equal("base", arguments.Model);
        Assert.Subset(
            Options(arguments),
            new HashSet<string>
            {
                "--data=facts.jsonl",
                "--name=made",
                "--training-type=lora",
                "--rank=16",
                "--alpha=32",
                "--target-module=attn_q",
                "--target-module=attn_v",
                "--steps=20",
                "--learning-rate=0.0001",
                "--max-seq-len=512",
                "--schedule=linear",
                "--seed=42",
                "--clip=1",
            }
        );
        Assert.DoesNotContain(Options(arguments), static option => option.StartsWith("--epochs", StringComparison.Ordinal));
        Assert.Empty(arguments.Warnings);
        Assert.Empty(arguments.Refusals);
    }

    [Fact]
    public void AutoLeavesOpenWhatTheFileDoesNotSay()
    {
        var options = Options(TrainArguments.Of(RunConfig.Parse(Train, RunKind.Train, "ilab.training_type=auto")));
        Assert.Contains("--learning-rate=0.0001", options);
        Assert.DoesNotContain(
            options,
            static option => option.StartsWith("--batch-size", StringComparison.Ordinal) || option.StartsWith("--schedule", StringComparison.Ordinal)
        );
    }

    /// <summary>What the file leaves open is chosen when the training is submitted.</summary>
    [Fact]
    public void AutoIsPassedOn()
    {
        var open = RunConfig.Parse(Train.Replace("use_peft: true, ", "", StringComparison.Ordinal), RunKind.Train, "ilab.training_type=auto");
        Assert.Superset(new HashSet<string> { "--training-type=auto", "--rank=16" }, Options(TrainArguments.Of(open)));
        Assert.DoesNotContain("--auto=true", Options(TrainArguments.Of(open)));
        var switched = RunConfig.Parse(Train, RunKind.Train, "ilab.training_type=auto", "training.enable_gradient_checkpointing=false");
        Assert.Superset(new HashSet<string> { "--training-type=lora", "--auto=true", "--gradient-checkpointing=false" }, Options(TrainArguments.Of(switched)));
        Assert.DoesNotContain(Options(TrainArguments.Of(RunConfig.Parse(Train))), static option => option.StartsWith("--auto", StringComparison.Ordinal));
    }

    [Fact]
    public void ThreadsAreThoseOfTrainings()
    {
        Assert.Contains("--threads=3", Options(TrainArguments.Of(RunConfig.Parse(Train, RunKind.Train, "ilab.threads=3"))));
        var infer = InferenceArguments.Of(RunConfig.Parse("model: {model_name: m}\nilab: {threads: 3}\n", RunKind.Infer));
        Assert.Contains("ilab.threads: threads of loaded models follow", Assert.Single(infer.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("training.use_peft=false", "full")]
    [InlineData("training.use_peft=true", "lora")]
    [InlineData("peft.q_lora=true", "qlora")]
    public void ASwitchDecidesWhatAutoIs(string change, string expected)
    {
        var text = Train.Replace("use_peft: true, ", "", StringComparison.Ordinal);
        var config = RunConfig.Parse(text, RunKind.Train, "ilab.training_type=auto", change);
        Assert.Contains($"--training-type={expected}", Options(TrainArguments.Of(config)));
    }

    [Theory]
    [InlineData("training.use_peft=false", "--training-type=full")]
    [InlineData("peft.q_lora=true", "--training-type=qlora")]
    [InlineData("model.load_pretrained_weights=false", "--training-type=scratch")]
    [InlineData("peft.peft_save_mode=MERGED", "--convert=true")]
    [InlineData("training.warmup_ratio=0.1", "--warmup-steps=2")]
    [InlineData("training.enable_gradient_checkpointing=true", "--gradient-checkpointing=true")]
    [InlineData("training.lr_scheduler_type=cosine_with_min_lr", "--schedule=cosine")]
    [InlineData("model.torch_dtype_str=float32", "--precision=f32")]
    public void FieldsBecomeWhatComesNearest(string change, string option) =>
        Assert.Contains(option, Options(TrainArguments.Of(RunConfig.Parse(Train, RunKind.Train, change))));

    [Theory]
    [InlineData("training.trainer_type=TRL_DPO", "training.trainer_type")]
    [InlineData("peft.lora_bias=all", "peft.lora_bias")]
    [InlineData("peft.lora_init_weights=EVA", "peft.lora_init_weights")]
    [InlineData("model.adapter_model=x", "model.adapter_model")]
    [InlineData("ilab.distributed=fsdp", "ilab.distributed")]
    public void WhatCannotBeDoneIsRefusedByName(string change, string field) =>
        Assert.Contains(field, Assert.Single(TrainArguments.Of(RunConfig.Parse(Train, RunKind.Train, change)).Refusals), StringComparison.Ordinal);

    [Fact]
    public void InferenceAndServeTakeTheirs()
    {
        var config = RunConfig.Parse(
            "model: {model_name: m, model_max_length: 256}\ngeneration: {max_new_tokens: 9, temperature: 0.5, seed: 3}\nengine: LLAMACPP\nilab: {device: cpu}\n"
        );
        Assert.Subset(
            Options(InferenceArguments.Of(config)),
            new HashSet<string> { "--model-name=m", "--max-length=9", "--temperature=0.5", "--seed=3", "--device=cpu" }
        );
        var serve = InferenceArguments.Serve(config);
        Assert.Equal("m", serve.Model);
        Assert.Equal(["--ctx=256", "--device=cpu"], Options(serve).Order(StringComparer.Ordinal));
    }

    private static HashSet<string> Options(RunArguments arguments) => [.. arguments.Options.Select(static option => $"{option.Option}={option.Value}")];
}
