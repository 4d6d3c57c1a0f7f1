using Ilab.Testing;

namespace Ilab.Engine.Tests.Wizard;

/// <summary>The check of files against fields finds what is wrong: the tests of the wizard rely on it.</summary>
public sealed class WrittenFieldsTests
{
    private const string Fine = """
        model: {model_name: granite, model_max_length: 512}
        data: {train: {datasets: [{dataset_name: text_sft_jsonl, dataset_path: a.jsonl}]}}
        training: {trainer_type: TRL_SFT, use_peft: true, learning_rate: 3e-4, num_train_epochs: 3}
        peft: {lora_r: 16}
        ilab: {anything: at all}
        """;

    [Fact]
    public void AFileOfOumiHasNoProblems() => Assert.All(WrittenFields.All, static schema => Assert.Empty(schema.Problems(Fine, "train", "ilab")));

    [Theory]
    [InlineData("model_name: granite, ", "", "model.model_name: missing")]
    [InlineData("lora_r: 16", "lora_rank: 16", "peft.lora_rank: unknown")]
    [InlineData("use_peft: true", "use_peft: \"true\"", "training.use_peft: true is no bool")]
    [InlineData("use_peft: true", "use_peft: 3.5", "training.use_peft: 3.5 is no bool")]
    [InlineData("TRL_SFT", "trl_sft", "training.trainer_type: trl_sft is no TrainerType")]
    [InlineData("num_train_epochs: 3", "num_train_epochs: 3.0", "training.num_train_epochs: 3.0 is no int")]
    [InlineData("learning_rate: 3e-4", "learning_rate: fast", "training.learning_rate: fast is no float")]
    [InlineData("[{dataset_name: text_sft_jsonl, dataset_path: a.jsonl}]", "a.jsonl", "data.train.datasets: not a list")]
    [InlineData("dataset_name: text_sft_jsonl, ", "", "data.train.datasets[0].dataset_name: missing")]
    [InlineData("peft: {lora_r: 16}", "peft: 16", "peft: not a section")]
    [InlineData("ilab: {", "other: {", "other: unknown")]
    [InlineData("lora_r: 16", "lora_r: 16, lora_r: 8", "peft.lora_r: twice")]
    public void WhatIsWrongIsFound(string text, string damaged, string problem) =>
        Assert.All(
            WrittenFields.All,
            schema => Assert.Equal([problem], schema.Problems(Fine.Replace(text, damaged, StringComparison.Ordinal), "train", "ilab"))
        );
}
