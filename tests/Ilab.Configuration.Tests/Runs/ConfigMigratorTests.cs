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
            # ours, since spring
            version: {{version}}
            chat:
              # for talks
              model: granite.gguf
              temperature: 0.5
            serve:
              model_path: granite.gguf
              {{(nested ? "llama_cpp:\n    max_ctx_size: 4096" : "max_ctx_size: 4096")}}
            train:
              # where the base is
              model_path: instructlab/granite-7b-lab
              data_path: /data/train.jsonl # of the team
              num_epochs: 4 # four are enough
              max_seq_len: 2048
              # as the paper has it
              effective_batch_size: 64
              lora_rank: 16
              {{(nested ? "additional_args:\n    learning_rate: 2e-5\n    lora_alpha: 32" : "lora_alpha: 32\n  learning_rate: 2e-5")}}
              nproc_per_node: 1
            """;
        var result = ConfigMigrator.MigrateText(old + "\n", "config.yaml");
        Assert.False(result.HasErrors, string.Join('\n', result.Problems));
        Assert.Contains("  # where the base is\n  model_name: instructlab/granite-7b-lab\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("  # four are enough\n  num_train_epochs: 4\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("  # as the paper has it\n  per_device_train_batch_size: 4\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("# of the team\ndata:\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("# ours, since spring\n# for talks\n", result.Text, StringComparison.Ordinal);
        var train = RunConfig.Parse(result.Text!).Train;
        Assert.Equal((4, 2048, 16, 32), (train.Training.NumTrainEpochs, train.Model.ModelMaxLength, train.Peft.LoraR, train.Peft.LoraAlpha));
        Assert.Equal(64, train.Training.PerDeviceTrainBatchSize * train.Training.GradientAccumulationSteps);
        Assert.Equal(2e-5, train.Training.LearningRate);
        Assert.True(train.Training.UsePeft);
        Assert.Contains(result.Steps, static step => step.Key == "train.nproc_per_node" && step.Message.StartsWith("left out", StringComparison.Ordinal));
        var infer = RunConfig.Parse(ConfigMigrator.MigrateText(old + "\n", "config.yaml", RunKind.Infer).Text!).Infer;
        Assert.Equal(("granite.gguf", 0.5, 4096), (infer.Model.ModelName, infer.Generation.Temperature, infer.Ilab?.Context));
    }

    /// <summary>Whatever depth it stands at, what no field takes is named once: a section by its name where nothing of it is taken.</summary>
    [Fact]
    public void EverythingThatIsLeftOutIsNamed()
    {
        const string Old = """
            version: 1.0.0
            general: {log_level: INFO}
            chat: {model: granite.gguf, session: null}
            evaluate: {}
            train:
              model_path: granite
              data_path: train.jsonl
              num_epochs: 2
              is_padding_free: false
              fsdp_cpu_offload_optimizer: true
              additional_args:
                learning_rate: 2e-5
                nccl: {timeout: 3}
                extra: [1, 2]
              learning_rate: 1e-5
              phased: {base_dir: /x, skill: {steps: 3}}
            serve:
              model_path: other.gguf
              vllm: {gpus: 2, vllm_args: [a]}
              llama_cpp: {gpu_layers: -1, max_ctx_size: 512, llm_family: ""}
            """;
        var train = LeftOut(ConfigMigrator.MigrateText(Old, "config.yaml"));
        Assert.Equal(
            [
                "2 general: a run config has nothing like it",
                "3 chat: --kind infer makes a config of it",
                "9 train.is_padding_free: a run config has nothing like it",
                "10 train.fsdp_cpu_offload_optimizer: a run config has nothing like it",
                "13 train.additional_args.nccl: a run config has nothing like it",
                "14 train.additional_args.extra: a run config has nothing like it",
                "15 train.learning_rate: training.learning_rate has its value already",
                "16 train.phased: a run config has nothing like it",
                "17 serve: --kind infer makes a config of it",
            ],
            train
        );
        var infer = LeftOut(ConfigMigrator.MigrateText(Old, "config.yaml", RunKind.Infer));
        Assert.Equal(
            [
                "2 general: a run config has nothing like it",
                "5 train: --kind train makes a config of it",
                "18 serve.model_path: model.model_name has its value already",
                "19 serve.vllm: a run config has nothing like it",
                "20 serve.llama_cpp.llm_family: a run config has nothing like it",
            ],
            infer
        );
    }

    private static IEnumerable<string> LeftOut(MigrationResult result) =>
        result
            .Steps.Where(static step => step.Message.StartsWith("left out: ", StringComparison.Ordinal))
            .Select(static step => $"{step.Line} {step.Key}: {step.Message["left out: ".Length..]}");

    /// <summary>What stands in braces cannot be taken out by lines: it stays, and that is said.</summary>
    [Theory]
    [InlineData("model: {model_name: m, model_kwargs: {revision: a}}\nengine: VLLM\n", "model.model_kwargs.revision")]
    [InlineData("model: {model_name: m,\n  model_kwargs: {revision: a}\n  }\nengine: VLLM\n", "model.model_kwargs.revision")]
    [InlineData("model:\n  model_name: m\n  compile: true\ntraining: {use_peft: true}\ndata: {train: {datasets: [{dataset_name: d}]}}\n", "model.compile")]
    public void WhatSharesItsLineStaysAndThatIsSaid(string text, string key)
    {
        var result = ConfigMigrator.MigrateText(text, "x.yaml");
        Assert.Equal(text, result.Text);
        Assert.Contains(result.Steps, step => step.Key == key && step.Message.StartsWith("stays: it shares its line", StringComparison.Ordinal));
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
