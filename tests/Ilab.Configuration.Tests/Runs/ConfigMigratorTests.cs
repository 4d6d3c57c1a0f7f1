using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Migration;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>Older files to today's.</summary>
public sealed class ConfigMigratorTests
{
    [Fact]
    public void OlderRunConfigsChangeOnlyWhereTheyAreOld()
    {
        const string Old = """
            # My training.
            model:
              model_name: "m" # the base
              # pinned
              model_kwargs:
                revision: abc   # this one
              compile: true
            data:
              train:
                target_col: text
                datasets:
                  - dataset_name: d

            # how
            training:
              trainer_type: trl_sft # supervised
              use_peft: true
            peft:
              lora_rank: 16
            """;
        var result = ConfigMigrator.MigrateText(Old + "\n", "train.yaml");
        Assert.False(result.HasErrors, string.Join('\n', result.Problems));
        Assert.Equal(
            """
            # My training.
            model:
              model_revision: abc
              model_name: "m" # the base
              # pinned
            data:
              train:
                datasets:
                  - dataset_name: d

            # how
            training:
              compile: true
              trainer_type: TRL_SFT # supervised
              use_peft: true
            peft:
              lora_r: 16

            """,
            result.Text
        );
        Assert.Equal(5, result.Steps.Count);
        Assert.Contains("\n-  trainer_type: trl_sft # supervised\n", result.Diff, StringComparison.Ordinal);
        Assert.Contains("\n+  trainer_type: TRL_SFT # supervised\n", result.Diff, StringComparison.Ordinal);
        var again = ConfigMigrator.MigrateText(result.Text!, "train.yaml");
        Assert.False(again.IsChanged);
        Assert.Empty(again.Steps);
    }

    [Theory]
    [InlineData("model: {model_name: m}\nengine: llamacpp\n", "engine: LLAMACPP\n")]
    [InlineData("model: {model_name: m}\ntasks:\n- evaluation_platform: lm_harness\n  task_name: mmlu\n", "- evaluation_backend: lm_harness\n")]
    [InlineData("model: {model_name: m, model_kwargs: {revision: r}}\nengine: NATIVE\n", "model_kwargs: {revision: r}")]
    public void KindsAndFlowStylesAreTaken(string old, string expected)
    {
        var result = ConfigMigrator.MigrateText(old, "x.yaml");
        Assert.False(result.HasErrors, string.Join('\n', result.Problems));
        Assert.Contains(expected, result.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.0.0")]
    [InlineData("0.17")]
    public void AConfigOfInstructLabBecomesATraining(string version)
    {
        var nested = version == "1.0.0";
        var old = $$"""
            version: {{version}}
            chat:
              model: granite.gguf
              temperature: 0.5
            serve:
              model_path: granite.gguf
              {{(nested ? "llama_cpp:\n    max_ctx_size: 4096" : "max_ctx_size: 4096")}}
            train:
              # where the base is
              model_path: instructlab/granite-7b-lab
              data_path: /data/train.jsonl
              num_epochs: 4
              max_seq_len: 2048
              effective_batch_size: 64
              lora_rank: 16
              {{(nested ? "additional_args:\n    learning_rate: 2e-5\n    lora_alpha: 32" : "lora_alpha: 32\n  learning_rate: 2e-5")}}
              nproc_per_node: 1
            """;
        var result = ConfigMigrator.MigrateText(old + "\n", "config.yaml");
        Assert.False(result.HasErrors, string.Join('\n', result.Problems));
        Assert.Contains("  # where the base is\n  model_name: instructlab/granite-7b-lab\n", result.Text, StringComparison.Ordinal);
        var train = RunConfig.Parse(result.Text!).Train;
        Assert.Equal((4, 2048, 16, 32), (train.Training.NumTrainEpochs, train.Model.ModelMaxLength, train.Peft.LoraR, train.Peft.LoraAlpha));
        Assert.Equal(64, train.Training.PerDeviceTrainBatchSize * train.Training.GradientAccumulationSteps);
        Assert.Equal(2e-5, train.Training.LearningRate);
        Assert.True(train.Training.UsePeft);
        Assert.Contains(result.Steps, static step => step.Key == "train.nproc_per_node" && step.Message.StartsWith("left out", StringComparison.Ordinal));
        var infer = RunConfig.Parse(ConfigMigrator.MigrateText(old + "\n", "config.yaml", RunKind.Infer).Text!).Infer;
        Assert.Equal(("granite.gguf", 0.5, 4096), (infer.Model.ModelName, infer.Generation.Temperature, infer.Ilab?.Context));
    }

    [Fact]
    public void WhatCannotBeReadIsLeftAlone()
    {
        Assert.True(ConfigMigrator.MigrateText("a: [\n", "x.yaml").HasErrors);
        Assert.True(ConfigMigrator.MigrateText("whatever: 1\n", "x.yaml").HasErrors);
        var broken = ConfigMigrator.MigrateText("model: {model_name: m}\nengine: vllmm\n", "x.yaml");
        Assert.True(broken.HasErrors);
        Assert.False(broken.IsChanged);
    }
}
