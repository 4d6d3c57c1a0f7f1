using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Wizard;
using Ilab.Engine.Wizard.Conversation;
using Ilab.Engine.Wizard.Facts;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Wizard;

/// <summary>The decisions: which questions, which suggestions, and which file comes of them.</summary>
public sealed class WizardEngineTests
{
    private static readonly WizardKind[] Kinds = [WizardKind.Train, WizardKind.Evaluate, WizardKind.Infer];
    private readonly FakeFacts _facts = new();

    public static TheoryData<WizardKind, bool> Conversations
    {
        get
        {
            var data = new TheoryData<WizardKind, bool>();
            foreach (var kind in Kinds)
            {
                data.Add(kind, false);
                data.Add(kind, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task EnterAtEveryQuestionMakesAFileThatIsValidAndLintsClean(WizardKind kind, bool advanced)
    {
        var (result, asked) = await TalkAsync(new WizardRequest { Kind = kind, IsAdvanced = advanced }, static _ => "");
        ExpectClean(result);
        Assert.InRange(asked.Count, 4, advanced ? 30 : 5);
        Assert.Equal(asked.Select(static question => question.Id).Distinct().Count(), asked.Count);
        Assert.Equal(Enumerable.Range(1, asked.Count), asked.Select(static question => question.Number));
        Assert.All(asked, static question => Assert.NotEmpty(question.Help));
        Assert.All(asked.Where(static question => question.Suggested.Length > 0), static question => Assert.NotEmpty(question.Reason));
        Assert.StartsWith("# Made by 'ilab config create ", result.Content, StringComparison.Ordinal);
    }

    /// <summary>Three questions about the file, one about where to put it, one about running it.</summary>
    [Fact]
    public async Task ThreeQuestionsMakeATraining()
    {
        var (result, asked) = await TalkAsync(new WizardRequest { Kind = WizardKind.Train }, static _ => "");
        Assert.Equal(["model", "dataset", "training-type", "output-file", "run"], asked.Select(static question => question.Id));
        Assert.All(asked, static question => Assert.Equal(5, question.Total));
        Assert.Equal(result.Content, asked[3].Preview);
        var config = RunConfig.Parse(result.Content, RunKind.Train).Train;
        Assert.Equal("granite", config.Model.ModelName);
        Assert.Equal("facts", config.Data.Train.Datasets[0].DatasetName);
        Assert.Equal("auto", config.Ilab!.TrainingType);
        Assert.Equal("granite-facts", config.Ilab.Result);
        Assert.False(result.IsToRun);
        Assert.Equal(["model", "train", "--config"], result.Command);
    }

    /// <summary>Every choice of every question, on its own and asked with all others: there is no way to a file that is not valid.</summary>
    [Fact]
    public async Task EveryChoiceLeadsToAValidFile()
    {
        var tried = 0;
        foreach (var kind in Kinds)
        {
            var (_, asked) = await TalkAsync(new WizardRequest { Kind = kind, IsAdvanced = true }, static _ => "");
            foreach (var question in asked)
            {
                foreach (var choice in question.Choices)
                {
                    var (result, _) = await TalkAsync(new WizardRequest { Kind = kind, IsAdvanced = true }, now => now.Id == question.Id ? choice.Value : "");
                    ExpectClean(result);
                    tried++;
                }
            }
        }

        Assert.InRange(tried, 25, 200);
    }

    [Theory]
    [InlineData(WizardKind.Train, "training-type", "loRa", "\"loRa\"", true)]
    [InlineData(WizardKind.Train, "training-type", "9", "there are 4 choices: type a number from 1 to 4", false)]
    [InlineData(WizardKind.Train, "training-type", "everything", "\"everything\" is none of auto, lora, qlora, full", false)]
    [InlineData(WizardKind.Train, "dataset", "nothing-like-it", "there is no dataset \"nothing-like-it\"", false)]
    [InlineData(WizardKind.Train, "model", "two words", "\"two words\" is not the name of a model", false)]
    [InlineData(WizardKind.Train, "epochs", "0", "\"0\" is not a whole number from 1 to 1000", false)]
    [InlineData(WizardKind.Train, "epochs", "1.5", "is not a whole number", false)]
    [InlineData(WizardKind.Train, "learning-rate", "0", "is not a number above 0", false)]
    [InlineData(WizardKind.Train, "learning-rate", "nan", "is not a number above 0", false)]
    [InlineData(WizardKind.Train, "name", "not a name", "is not a model name", false)]
    [InlineData(WizardKind.Train, "output-file", "folder/", "is a directory", false)]
    [InlineData(WizardKind.Evaluate, "benchmark", "mmlu;gsm8k", "is neither a group nor names of tasks", false)]
    [InlineData(WizardKind.Evaluate, "samples", "some", "is not a whole number", false)]
    [InlineData(WizardKind.Infer, "style", "3", "", true)]
    [InlineData(WizardKind.Infer, "style", "hot", "\"hot\" is not a number from 0 to 2", false)]
    [InlineData(WizardKind.Infer, "max-length", "-1", "is not a whole number", false)]
    [InlineData(WizardKind.Infer, "max-length", "1\u0007", "control characters", false)]
    public async Task AWrongAnswerIsAskedForAgainWithTheReason(WizardKind kind, string id, string answer, string problem, bool isFine)
    {
        var given = 0;
        var (result, asked) = await TalkAsync(new WizardRequest { Kind = kind, IsAdvanced = true }, now => now.Id == id && given++ == 0 ? answer : "");
        Assert.Equal(isFine ? 1 : 2, asked.Count(question => question.Id == id));
        if (!isFine)
        {
            var again = asked.Last(question => question.Id == id);
            Assert.Contains(problem, again.Problem, StringComparison.Ordinal);
            Assert.Equal(asked.First(question => question.Id == id).Number, again.Number);
        }

        ExpectClean(result);
    }

    [Fact]
    public async Task WhatIsGivenIsNotAskedAndChecked()
    {
        var request = new WizardRequest
        {
            Kind = WizardKind.Train,
            Given = new Dictionary<string, string>
            {
                ["model"] = "granite",
                ["dataset"] = "mine.jsonl",
                ["epochs"] = "7",
            },
        };
        var (result, asked) = await TalkAsync(request, static _ => "");
        Assert.Equal(["training-type", "output-file", "run"], asked.Select(static question => question.Id));
        Assert.Equal(3, asked[^1].Total);
        var train = RunConfig.Parse(result.Content, RunKind.Train).Train;
        Assert.Equal((7, "mine.jsonl"), (train.Training.NumTrainEpochs, train.Data.Train.Datasets[0].DatasetPath));

        await ExpectErrorAsync(request with { Given = new Dictionary<string, string> { ["epochs"] = "many" } }, "--set epochs: \"many\" is not a whole number");
        await ExpectErrorAsync(request with { Given = new Dictionary<string, string> { ["epoch"] = "1" } }, "a file for train has no question \"epoch\"");
        await ExpectErrorAsync(request with { Kind = WizardKind.Evaluate }, "a file for eval has no question \"dataset\"");
    }

    [Fact]
    public async Task WithoutAnybodyToAskWhatIsMissingIsNamedAllAtOnce()
    {
        await ExpectErrorAsync(new WizardRequest { Kind = WizardKind.Train, IsSilent = true }, "model and dataset must be given; add --model and --dataset");
        var step = await Engine()
            .NextAsync(
                new WizardRequest
                {
                    Kind = WizardKind.Train,
                    IsSilent = true,
                    Given = new Dictionary<string, string> { ["dataset"] = "facts" },
                    Usual = new Dictionary<string, string>
                    {
                        ["model"] = "granite",
                        ["rank"] = "4",
                        ["unknown"] = "x",
                    },
                },
                Caller.Service,
                CancellationToken.None
            );
        var result = Assert.IsType<WizardResult>(step);
        ExpectClean(result);
        Assert.Equal("train.yaml", result.FileName);
        Assert.Equal((4, 8.0), (RunConfig.Parse(result.Content).Train.Peft.LoraR, (double)RunConfig.Parse(result.Content).Train.Peft.LoraAlpha));
        Assert.Contains(result.Decisions, static decision => decision is { Key: "peft.lora_r", Value: "4", Reason: "as in ilab.conf" });
    }

    [Fact]
    public async Task LeavingOutTheLastAnswerGoesBack()
    {
        WizardRequest Request(params string[] answers) =>
            new()
            {
                Kind = WizardKind.Train,
                Answers = [.. answers.Select(static (value, index) => new WizardAnswer(index == 0 ? "model" : "dataset", value))],
            };
        Assert.Equal("dataset", (await QuestionAsync(Request("2"))).Id);
        Assert.Equal("training-type", (await QuestionAsync(Request("2", "1"))).Id);
        Assert.Equal("dataset", (await QuestionAsync(Request("2"))).Id);
        Assert.Equal("model", (await QuestionAsync(Request())).Id);
    }

    [Fact]
    public async Task AFileToStartFromSuggestsItsValuesAndKeepsTheOthers()
    {
        const string Text = """
            model: {model_name: other, tokenizer_name: special}
            data: {train: {datasets: [{dataset_name: text_sft_jsonl, dataset_path: old.jsonl}]}}
            training: {use_peft: true, num_train_epochs: 9, max_grad_norm: 0.5}
            peft: {q_lora: true, lora_r: 32}
            """;
        var request = new WizardRequest
        {
            Kind = WizardKind.Train,
            From = new WizardSource("old.yaml", Text),
            IsAdvanced = true,
        };
        var (result, asked) = await TalkAsync(request, static question => question.Id == "rank" ? "64" : "");
        Assert.Equal(("other", "as in old.yaml"), (asked[0].Suggested, asked[0].Reason));
        Assert.Equal("qlora", asked.Single(static question => question.Id == "training-type").Suggested);
        var train = RunConfig.Parse(result.Content, RunKind.Train).Train;
        Assert.Equal((9, 64, "special"), (train.Training.NumTrainEpochs, train.Peft.LoraR, train.Model.TokenizerName));
        Assert.Equal((0.5, "old.jsonl"), (train.Training.MaxGradNorm, Assert.Single(train.Data.Train.Datasets).DatasetPath));

        await ExpectErrorAsync(
            request with
            {
                From = new WizardSource(
                    "bad.yaml",
                    "model: {model_name: x}\ndata: {train: {datasets: [{dataset_name: a}]}}\ntraining:\n  num_train_epochs: [1]\n"
                ),
            },
            "bad.yaml:4:"
        );
    }

    [Fact]
    public async Task WhatCannotBeRunIsSaidAndRefused()
    {
        var (result, asked) = await TalkAsync(new WizardRequest { Kind = WizardKind.Evaluate }, static _ => "");
        Assert.DoesNotContain(asked, static question => question.Id == "run");
        Assert.Contains("evaluation is not part of this version", Assert.Single(result.Notes), StringComparison.Ordinal);
        Assert.Empty(result.Command);

        var spread = new WizardRequest
        {
            Kind = WizardKind.Train,
            IsSilent = true,
            Given = new Dictionary<string, string>
            {
                ["model"] = "granite",
                ["dataset"] = "facts",
                ["distributed"] = "fsdp",
            },
        };
        var planned = Assert.IsType<WizardResult>(await Engine().NextAsync(spread, Caller.Service, CancellationToken.None));
        ExpectClean(planned);
        var (fsdp, own) = (RunConfig.Parse(planned.Content).Train.Fsdp, RunConfig.Parse(planned.Content).Train.Ilab!);
        Assert.Equal(("fsdp", true, "FULL_SHARD", "TRANSFORMER_BASED_WRAP"), (own.Distributed, fsdp.EnableFsdp, fsdp.ShardingStrategy, fsdp.AutoWrapPolicy));
        Assert.Contains("nothing here trains with fsdp yet", Assert.Single(planned.Notes), StringComparison.Ordinal);
        await ExpectErrorAsync(
            spread with
            {
                Given = new Dictionary<string, string>(spread.Given) { ["run"] = "yes" },
            },
            "the file cannot be run: nothing here trains with fsdp"
        );
        await ExpectErrorAsync(
            spread with
            {
                Given = new Dictionary<string, string>
                {
                    ["model"] = "not-here",
                    ["dataset"] = "facts",
                    ["run"] = "yes",
                },
            },
            "the file cannot be run: not-here is not stored here"
        );
    }

    [Fact]
    public async Task SuggestionsFollowTheMachineAndSayWhy()
    {
        _facts.Free = 400_000_000_000;
        Assert.Contains("fits into the 400 GB that are free", (await TrainingTypesAsync())["full"], StringComparison.Ordinal);
        _facts.Free = 10_000_000_000;
        var choices = await TrainingTypesAsync();
        Assert.Contains("too much for the 10.0 GB that are free", choices["full"], StringComparison.Ordinal);
        Assert.Contains("now that is lora", choices["auto"], StringComparison.Ordinal);
        _facts.Free = 1_000_000_000;
        choices = await TrainingTypesAsync();
        Assert.Contains("now that is lora", choices["auto"], StringComparison.Ordinal);
        Assert.Contains("'ilab model quantize granite --type Q4_K_M'", choices["qlora"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecordsOfAFileOfTheCallerDecideTheLength()
    {
        var request = new WizardRequest
        {
            Kind = WizardKind.Train,
            IsSilent = true,
            Given = new Dictionary<string, string> { ["model"] = "small", ["dataset"] = "mine.jsonl" },
            OpenFile = static path => path == "mine.jsonl" ? new MemoryStream(new byte[300]) : throw new FileNotFoundException(path),
        };
        var (read, _) = await TalkAsync(request, static _ => "");
        Assert.Contains(
            read.Decisions,
            static decision => decision is { Key: "model.model_max_length", Value: "384" } && decision.Reason.Contains("about 300 tokens")
        );
        var (unread, _) = await TalkAsync(request with { OpenFile = null }, static _ => "");
        Assert.Contains(unread.Decisions, static decision => decision is { Key: "model.model_max_length", Value: "512" });
    }

    [Theory]
    [InlineData("gpus=4,gpu-memory=80GiB,hosts=2", "auto", "ddp", "4 GPUs on each of 2 machines: a copy of")]
    [InlineData("gpus=4,gpu-memory=12GiB", "full", "fsdp", "4 GPUs: ")]
    [InlineData("memory=64GiB", "auto", null, "")]
    public async Task AnotherMachineIsPlannedFor(string resources, string type, string? distributed, string reason)
    {
        var given = new Dictionary<string, string>
        {
            ["model"] = "granite",
            ["dataset"] = "facts",
            ["training-type"] = type,
            ["resources"] = resources,
        };
        var (result, _) = await TalkAsync(new WizardRequest { Kind = WizardKind.Train, Given = given }, static _ => "");
        ExpectClean(result);
        var planned = RunConfig.Parse(result.Content, RunKind.Train).Train.Ilab!;
        Assert.Equal((resources, distributed), (planned.Resources, planned.Distributed));
        Assert.Contains($"# Planned for {resources}.", result.Content, StringComparison.Ordinal);
        Assert.Contains(result.Decisions, decision => decision.Key == "ilab.distributed" == (distributed is not null) && decision.Reason.StartsWith(reason));
        Assert.Single(result.Notes);
        Assert.Empty(result.Command);

        given["resources"] = "gpu=4";
        await ExpectErrorAsync(new WizardRequest { Kind = WizardKind.Train, Given = given }, "--resources: there is no resource gpu; did you mean gpus?");
    }

    [Fact]
    public async Task AModelThatAdaptersNeedQuantizedIsNotRun()
    {
        var given = new Dictionary<string, string>
        {
            ["model"] = "granite",
            ["dataset"] = "facts",
            ["training-type"] = "qlora",
        };
        var (result, _) = await TalkAsync(new WizardRequest { Kind = WizardKind.Train, Given = given }, static _ => "");
        Assert.Contains("granite is not quantized, as qlora needs it", Assert.Single(result.Notes), StringComparison.Ordinal);
        Assert.Empty(result.Command);
    }

    private async Task<Dictionary<string, string>> TrainingTypesAsync()
    {
        var question = await QuestionAsync(new WizardRequest { Kind = WizardKind.Train, Answers = [new("model", "granite"), new("dataset", "facts")] });
        Assert.NotEmpty(question.Notes);
        return question.Choices.ToDictionary(static choice => choice.Value, static choice => choice.Explanation);
    }

    private static void ExpectClean(WizardResult result)
    {
        var reading = ConfigReader.ReadText(result.Content, "made.yaml", lint: true);
        Assert.Empty(reading.Problems.Where(static problem => problem.Level != ProblemLevel.Note).Select(static problem => problem.ToString()));
        Assert.All(WrittenFields.All, schema => Assert.Empty(schema.Problems(result.Content, RunKinds.NameOf(reading.Kind!.Value), "ilab")));
    }

    private WizardEngine Engine() => new(_facts, new TrainingAdvice(), "1.2.3");

    private async Task<WizardQuestion> QuestionAsync(WizardRequest request) =>
        Assert.IsType<WizardQuestion>(await Engine().NextAsync(request, Caller.Service, CancellationToken.None));

    private async Task ExpectErrorAsync(WizardRequest request, string message)
    {
        var exception = await Assert.ThrowsAsync<EngineException>(() => Engine().NextAsync(request, Caller.Service, CancellationToken.None));
        Assert.Contains(message, $"{exception.Message}; {exception.Hint}", StringComparison.Ordinal);
    }

    /// <summary>A whole conversation, as a front end leads it.</summary>
    private async Task<(WizardResult Result, List<WizardQuestion> Asked)> TalkAsync(WizardRequest request, Func<WizardQuestion, string> answer)
    {
        var asked = new List<WizardQuestion>();
        while (true)
        {
            var step = await Engine().NextAsync(request, Caller.Service, CancellationToken.None);
            if (step is WizardResult result)
            {
                return (result, asked);
            }

            var question = Assert.IsType<WizardQuestion>(step);
            asked.Add(question);
            Assert.InRange(asked.Count, 1, 60);
            var kept = question.Problem.Length > 0 ? request.Answers.SkipLast(1) : request.Answers;
            request = request with { Answers = [.. kept, new WizardAnswer(question.Id, answer(question))] };
        }
    }
}
