using Ilab.Configuration.Runs;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Wizard;
using Ilab.Engine.Wizard.Conversation;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Engine.Tests.Wizard;

/// <summary>What an answer stands for, and that a file to start from keeps what nobody changed.</summary>
public sealed class WizardAnswersTests
{
    private const string Training = """
        model: {model_name: granite}
        data: {train: {datasets: [{dataset_name: text_sft_jsonl, dataset_path: a.jsonl}, {dataset_name: text_sft_jsonl, dataset_path: b.jsonl}]}}
        training: {trainer_type: TRL_DPO, output_dir: elsewhere, use_peft: true}
        """;

    private const string Evaluation = """
        model: {model_name: granite}
        tasks:
          - {evaluation_backend: lm_harness, task_name: mmlu, eval_kwargs: {num_fewshot: 3}}
          - {evaluation_backend: lm_harness, task_name: gsm8k, num_samples: 7}
        inference_engine: VLLM
        output_dir: mine
        """;

    [Fact]
    public async Task WhatAFileSaysStaysWhereNobodyChangesIt()
    {
        var train = RunConfig.Parse((await SilentAsync(WizardKind.Train, Training)).Content, RunKind.Train).Train;
        Assert.Equal(("TRL_DPO", "elsewhere"), (train.Training.TrainerType, train.Training.OutputDir));
        Assert.Equal(["a.jsonl", "b.jsonl"], train.Data.Train.Datasets.Select(static dataset => dataset.DatasetPath));

        var changed = RunConfig.Parse((await SilentAsync(WizardKind.Train, Training, ("dataset", "c.jsonl"))).Content, RunKind.Train).Train;
        Assert.Equal("c.jsonl", Assert.Single(changed.Data.Train.Datasets).DatasetPath);

        var infer = await SilentAsync(WizardKind.Infer, "model: {model_name: granite}\nengine: VLLM\ngeneration: {temperature: 0.0}\n");
        Assert.Contains("engine: VLLM", infer.Content, StringComparison.Ordinal);
        Assert.Contains("temperature: 0.0", infer.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TasksOfAFileStay()
    {
        var root = RunConfig.Parse((await SilentAsync(WizardKind.Evaluate, Evaluation)).Content, RunKind.Eval);
        Assert.Equal(["mmlu", "gsm8k"], root.Eval.Tasks.Select(static task => task.TaskName));
        Assert.Equal([null, 7L], root.Eval.Tasks.Select(static task => task.NumSamples));
        var text = root.ToYaml();
        Assert.Contains("num_fewshot: 3", text, StringComparison.Ordinal);
        Assert.Contains("inference_engine: VLLM", text, StringComparison.Ordinal);
        Assert.Contains("output_dir: mine", text, StringComparison.Ordinal);

        var fewer = RunConfig.Parse((await SilentAsync(WizardKind.Evaluate, Evaluation, ("samples", "5"))).Content, RunKind.Eval);
        Assert.Equal([5L, 5L], fewer.Eval.Tasks.Select(static task => task.NumSamples));
        var other = RunConfig.Parse((await SilentAsync(WizardKind.Evaluate, Evaluation, ("benchmark", "quick"))).Content, RunKind.Eval);
        Assert.Equal(["arc_easy", "hellaswag"], other.Eval.Tasks.Select(static task => task.TaskName));
    }

    [Theory]
    [InlineData("0", "temperature: 0.0")]
    [InlineData("1", "temperature: 1.0")]
    [InlineData("2", "temperature: 2.0")]
    [InlineData("0.25", "temperature: 0.25")]
    public async Task ANumberThatWasGivenIsATemperature(string number, string expected)
    {
        var given = new WizardRequest
        {
            Kind = WizardKind.Infer,
            IsSilent = true,
            Given = new Dictionary<string, string> { ["model"] = "granite", ["style"] = number },
        };
        Assert.Contains(expected, (await ResultAsync(given)).Content, StringComparison.Ordinal);

        var usual = given with
        {
            Given = new Dictionary<string, string> { ["model"] = "granite" },
            Usual = new Dictionary<string, string> { ["style"] = number },
        };
        Assert.Contains(expected, (await ResultAsync(usual)).Content, StringComparison.Ordinal);

        // What was suggested is no number of a choice, however it comes back.
        foreach (var answer in (string[])["", number])
        {
            var asked = usual with { IsSilent = false, Answers = [new("style", answer), new("max-length", ""), new("output-file", ""), new("run", "")] };
            Assert.Contains(expected, (await ResultAsync(asked)).Content, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1", "temperature: 0.0")]
    [InlineData("3", "temperature: 1.2")]
    [InlineData("0", "temperature: 0.0")]
    [InlineData("1.0", "temperature: 1.0")]
    public async Task ANumberThatIsTypedIsTheChoiceBesideIt(string typed, string expected)
    {
        WizardAnswer[] answers = [new("model", "granite"), new("style", typed), new("max-length", ""), new("output-file", ""), new("run", "")];
        Assert.Contains(expected, (await ResultAsync(new WizardRequest { Kind = WizardKind.Infer, Answers = answers })).Content, StringComparison.Ordinal);
    }

    /// <summary>The machine changes while somebody thinks, and with it the questions.</summary>
    [Fact]
    public async Task AnswersBelongToTheirQuestionsWhateverElseIsAsked()
    {
        WizardAnswer[] answers = [new("dataset", "facts"), new("device", "gpu0"), new("model", "small"), new("training-type", "lora")];
        var step = await Engine().NextAsync(new WizardRequest { Kind = WizardKind.Train, Answers = answers }, Caller.Service, CancellationToken.None);
        Assert.Equal("output-file", Assert.IsType<WizardQuestion>(step).Id);

        step = await Engine().NextAsync(new WizardRequest { Kind = WizardKind.Train, Answers = [answers[0]] }, Caller.Service, CancellationToken.None);
        Assert.Equal("model", Assert.IsType<WizardQuestion>(step).Id);

        var exception = await Assert.ThrowsAsync<EngineException>(() =>
            Engine().NextAsync(new WizardRequest { Kind = WizardKind.Train, Answers = [new("style", "1")] }, Caller.Service, CancellationToken.None)
        );
        Assert.Contains("has no question \"style\"", exception.Message, StringComparison.Ordinal);
    }

    private static WizardEngine Engine() => new(new FakeFacts(), new TrainingAdvice(), "1.2.3");

    private static Task<WizardResult> SilentAsync(WizardKind kind, string text, params (string Question, string Answer)[] given) =>
        ResultAsync(
            new WizardRequest
            {
                Kind = kind,
                IsSilent = true,
                From = new WizardSource("old.yaml", text),
                Given = given.ToDictionary(static pair => pair.Question, static pair => pair.Answer),
            }
        );

    private static async Task<WizardResult> ResultAsync(WizardRequest request) =>
        Assert.IsType<WizardResult>(await Engine().NextAsync(request, Caller.Service, CancellationToken.None));
}
