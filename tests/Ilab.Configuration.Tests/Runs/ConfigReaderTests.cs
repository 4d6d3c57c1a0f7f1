using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>What is wrong with a file, where, and what to do about it.</summary>
public sealed class ConfigReaderTests
{
    private const string Valid = """
        model:
          model_name: stories
        data:
          train:
            datasets:
              - dataset_name: text_sft_jsonl
                dataset_path: facts.jsonl
        training:
          trainer_type: TRL_SFT
          use_peft: true
          max_steps: 10
        """;

    [Fact]
    public void ValuesAndDefaultsAreRead()
    {
        var train = RunConfig.Parse(Valid).Train;
        Assert.Equal("stories", train.Model.ModelName);
        Assert.Equal("facts.jsonl", Assert.Single(train.Data.Train.Datasets).DatasetPath);
        Assert.True(train.Training.UsePeft);
        Assert.Equal(10, train.Training.MaxSteps);
        Assert.Equal(5e-5, train.Training.LearningRate);
        Assert.Equal(8, train.Peft.LoraR);
        Assert.False(train.Peft.IsWritten("lora_r"));
        Assert.Null(train.Ilab);
    }

    [Fact]
    public void AllErrorsAreReportedAtOnceWithTheirPlaces()
    {
        var text = Valid
            .Replace("max_steps: 10", "max_steps: ten\n  learning_rat: 1e-4\n  trainer_type: trl_sft", StringComparison.Ordinal)
            .Replace("trainer_type: TRL_SFT\n", "gradient_accumulation_steps: 0\n", StringComparison.Ordinal);
        var problems = ConfigReader.ReadText(text, "t.yaml").Problems.Where(static problem => problem.Level == ProblemLevel.Error).ToList();
        Assert.Equal(
            [
                "t.yaml:9:32: error: training.gradient_accumulation_steps: 0 is out of range; it has to be at least 1",
                "t.yaml:11:14: error: training.max_steps: the text \"ten\" where a whole number belongs",
                "t.yaml:12:3: error: training.learning_rat: unknown key in training; did you mean learning_rate?",
            ],
            problems.Take(3).Select(static problem => problem.ToString())
        );
        Assert.Contains("did you mean TRL_SFT?", Assert.Single(problems.Skip(3)).Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("training.max_steps=7", "training.max_steps", "7")]
    [InlineData("data.train.datasets[0].dataset_name=x/y", "data.train.datasets.0.dataset_name", "x/y")]
    [InlineData("training={max_steps: 8}", "training.max_steps", "8")]
    [InlineData("--training.max_steps=9", "training.max_steps", "9")]
    [InlineData("training.run_name=\"a b\"", "training.run_name", "a b")]
    public void OverridesGoBeforeTheFile(string argument, string path, string value)
    {
        var config = RunConfig.Parse(Valid, RunKind.Train, argument);
        var train = config.Train;
        var found = path switch
        {
            "training.max_steps" => train.Training.MaxSteps.ToString(System.Globalization.CultureInfo.InvariantCulture),
            "training.run_name" => train.Training.RunName,
            _ => train.Data.Train.Datasets[0].DatasetName,
        };
        Assert.Equal(value, found);
        Assert.True(train.Training.UsePeft);
    }

    [Theory]
    [InlineData("training.max_stepz=7", "training.max_stepz=7: error: training.max_stepz: unknown key in training; did you mean max_steps?")]
    [InlineData("data.train.datasets[7].dataset_name=x", "there is no item [7]: the list has one item, [0]")]
    [InlineData("nonsense", "not an override; write section.field=value")]
    [InlineData("training.max_steps=???", "stands for a value that is missing")]
    public void OverridesThatAreWrongAreNamed(string argument, string expected)
    {
        var reading = ConfigReader.ReadText(Valid, "t.yaml", RunKind.Train, [argument]);
        Assert.Null(reading.Config);
        Assert.Contains(expected, Assert.Single(reading.Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AnOverrideLeavesTheSectionWhereItStands()
    {
        var root = RunConfig.Parse(Valid, RunKind.Train, "training.max_steps=7").Root;
        Assert.Equal(8, root.KeyPlace("training").Line);
        Assert.Equal(1, root.Section("training").KeyPlace("max_steps").Argument);
    }

    [Fact]
    public void AFileOfAnotherKindIsCalledOne()
    {
        var problem = Assert.Single(ConfigReader.ReadText(Valid, "t.yaml", RunKind.Infer).Problems);
        Assert.Equal("this is a config of the kind train, not infer", problem.Message);
    }

    [Theory]
    [InlineData("lora_rank: 8", "peft", "it is called lora_r here")]
    [InlineData("max_steps: 8", "peft", "it belongs in the section training")]
    [InlineData("peft: {lora_r: 8}", "training", "it belongs at the top of the file")]
    [InlineData("qqq: 8", "training", "remove it")]
    public void UnknownKeysAreExplained(string line, string section, string expected)
    {
        var text = section == "training" ? Valid + "\n  " + line : $"{Valid}\n{section}:\n  {line}";
        var error = Assert.Single(ConfigReader.ReadText(text, "t.yaml").Problems);
        Assert.Equal("unknown-key", error.Rule);
        Assert.Contains(expected, error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("training: {use_peft: yes}", "spelling", "read as true")]
    [InlineData("training: {max_steps: 010}", "spelling", "010 is read as 8")]
    [InlineData("training: {max_steps: 1:30}", "spelling", "1:30 is read as 90")]
    [InlineData("training: {max_steps: \"10\"}", "spelling", "is read as 10")]
    [InlineData("training: {learning_rate: 3.0}", "range", "far above what trains")]
    [InlineData("training: {warmup_ratio: 0.1, warmup_steps: 5}", "conflict", "warmup_steps is set as well")]
    [InlineData("peft: {q_lora: true}", "conflict", "use_peft is not true")]
    [InlineData("training: {lr_scheduler_type: COSINE}", "choice", "did you mean cosine?")]
    [InlineData("training: {output_dir: \"\\x24{HOME}/out\"}", "interpolation", "nothing is filled in")]
    [InlineData("model: {model_kwargs: {file_name: a.gguf}}", "unknown-key", "did you mean filename?")]
    [InlineData("fsdp: {enable_fsdp: true}", "elsewhere", "not done here")]
    public void WhatIsTakenAndProbablyNotMeantIsAWarning(string addition, string rule, string expected)
    {
        const string Rest = "data: {train: {datasets: [{dataset_name: d}]}}\n";
        var model = addition.StartsWith("model", StringComparison.Ordinal)
            ? addition.Replace("model: {", "model: {model_name: m, ", StringComparison.Ordinal)
            : "model: {model_name: m}\n" + addition;
        var reading = ConfigReader.ReadText($"{Rest}{model}\n", "t.yaml", lint: true);
        Assert.NotNull(reading.Config);
        Assert.Contains(
            reading.Problems,
            problem => problem.Rule == rule && problem.Level == ProblemLevel.Warning && problem.Text.Contains(expected, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("a: [1\nb: 2\n", 1, "the [ that stands here has no end")]
    [InlineData("model:\n  model_name: \"x\n  subset: \"y\"\n", 2, "the quote that begins here has no end")]
    [InlineData("training:\n  use_peft true\n  max_steps: 1\n", 2, "a line without a key and a colon")]
    [InlineData("training:\n  use_peft:true\n  max_steps: 1\n", 2, "a blank is missing behind the colon")]
    [InlineData("training:\n   use_peft: true\n  max_steps: 1\n", 2, "indented by 3 blanks, and what follows by 2")]
    [InlineData("run: |\n  echo \"x\n  [ -f y\nsetup: a: b\n", 4, "a colon inside of a text")]
    [InlineData("model:\n\tmodel_name: x\n", 2, "a tab is used for indentation")]
    [InlineData("model: {model_name: x}\nmodel: {model_name: y}\n", 2, "a second time")]
    [InlineData("- a\n", 1, "the top of the file has to be sections")]
    [InlineData("", 1, "the file is empty")]
    [InlineData("model: &a [*a]\n", 1, "leads back into what it is part of")]
    [InlineData("model: *b\n", 1, "*b stands for nothing")]
    [InlineData("--- {}\n--- {}\n", 2, "a second document")]
    [InlineData("run: !!python/object/apply:os.getcwd []\n", 1, "is not allowed here")]
    [InlineData("compute_environment: LOCAL_MACHINE\ndistributed_type: FSDP\n", 1, "a file of accelerate")]
    [InlineData("chat: {model: x}\nserve: {}\ntrain: {}\n", 1, "a config.yaml of InstructLab")]
    public void TextsThatAreNoConfigsAreOneClearLine(string text, int line, string expected)
    {
        var errors = ConfigReader.ReadText(text, "t.yaml").Problems;
        Assert.Contains(errors, error => error.Line == line && error.Message.Contains(expected, StringComparison.Ordinal));
        Assert.All(errors, static error => Assert.DoesNotContain('\n', error.ToString()));
    }

    [Fact]
    public void AliasesThatMultiplyAreBounded()
    {
        var text = new System.Text.StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (var level = 1; level < 30; level++)
        {
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 9))}]\n"
            );
        }

        Assert.Contains(
            "counting what aliases repeat",
            Assert.Single(ConfigReader.ReadText(text.ToString(), "t.yaml").Problems).Message,
            StringComparison.Ordinal
        );
    }
}
