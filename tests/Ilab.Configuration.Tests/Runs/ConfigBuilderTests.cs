using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>Configs that programs make.</summary>
public sealed class ConfigBuilderTests
{
    [Fact]
    public void ADistributionIsWrittenForOtherReadersAsWell()
    {
        static ConfigBuilder New() => new ConfigBuilder().Model("m").TrainingType(TrainingType.Full).Dataset("d.jsonl");
        var fsdp = New().Distributed(Distribution.Fsdp).Build();
        Assert.Equal((true, "FULL_SHARD", "fsdp"), (fsdp.Train.Fsdp.EnableFsdp, fsdp.Train.Fsdp.ShardingStrategy, fsdp.Train.Ilab!.Distributed));
        Assert.DoesNotContain("fsdp", New().Distributed(Distribution.Ddp).Build().ToYaml(), StringComparison.Ordinal);
        Assert.False(ConfigBuilder.From(fsdp).Distributed(Distribution.None).Build().Train.Fsdp.EnableFsdp);
        var other = New().Set("fsdp.sharding_strategy", "HYBRID_SHARD").Set("deepspeed.enable_deepspeed", true).Distributed(Distribution.Fsdp).Build();
        Assert.Equal(("HYBRID_SHARD", false), (other.Train.Fsdp.ShardingStrategy, other.Train.Deepspeed.EnableDeepspeed));
    }

    [Fact]
    public void ThreeCallsMakeAValidTraining()
    {
        var config = new ConfigBuilder().Model("stories").TrainingType(TrainingType.Auto).Dataset("facts.jsonl").Build();
        Assert.Equal(
            """
            model:
              model_name: stories

            data:
              train:
                datasets:
                  - dataset_name: text_sft_jsonl
                    dataset_path: facts.jsonl

            training:
              use_peft: true

            ilab:
              training_type: auto

            """,
            config.ToYaml().Replace("\r", "", StringComparison.Ordinal),
            ignoreAllWhiteSpace: false
        );
    }

    [Theory]
    [InlineData(TrainingType.Lora, true, false)]
    [InlineData(TrainingType.Qlora, true, true)]
    [InlineData(TrainingType.Full, false, false)]
    public void TypesAreWrittenForOtherReadersToo(TrainingType type, bool peft, bool quantized)
    {
        var train = new ConfigBuilder().Model("m").TrainingType(TrainingType.Qlora).TrainingType(type).Dataset("d").Build().Train;
        Assert.Equal((peft, quantized), (train.Training.UsePeft, train.Peft.QLora));
    }

    [Fact]
    public void EverythingWrongIsReportedAtOnce()
    {
        var builder = new ConfigBuilder().Set("training.gradient_accumulation_steps", 0).Set("training.trainer_type", "SFT");
        var problems = Assert.Throws<ConfigException>(builder.Build).Problems;
        Assert.Equal(
            ["data.train.datasets", "model.model_name", "training.gradient_accumulation_steps", "training.trainer_type"],
            problems.Where(static problem => problem.Level == ProblemLevel.Error).Select(static problem => problem.Key).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void WrittenReadAndChangedConfigsKeepTheRest()
    {
        var first = new ConfigBuilder().Model("m").Dataset("a.jsonl").Dataset("b").Lora(16, 32, 0.05).LearningRate(2e-4).MaxLength(512).Build();
        var again = RunConfig.Parse(first.ToYaml());
        Assert.Equal(first.ToYaml(), again.ToYaml());
        var changed = ConfigBuilder.From(again).Set("data.train.datasets[1].sample_count", 5).Steps(7).Build().Train;
        Assert.Equal(5, changed.Data.Train.Datasets[1].SampleCount);
        Assert.Equal(7, changed.Training.MaxSteps);
        Assert.Equal(32, changed.Peft.LoraAlpha);
        Assert.Equal(2e-4, changed.Training.LearningRate);
    }

    [Fact]
    public void CommentsStandAboveTheirFields()
    {
        var text = new ConfigBuilder(RunKind.Infer)
            .Header("Made by a test.")
            .Model("m")
            .Set("generation.max_new_tokens", 64, "short answers\nare enough")
            .Build()
            .ToYaml();
        Assert.Contains("# Made by a test.\n\nmodel:", text, StringComparison.Ordinal);
        Assert.Contains("  # short answers\n  # are enough\n  max_new_tokens: 64\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("yes")]
    [InlineData("010")]
    [InlineData("1e-4")]
    [InlineData("2024-01-01")]
    [InlineData("~")]
    [InlineData("")]
    [InlineData(" padded ")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("it's")]
    [InlineData("${HOME}/x")]
    [InlineData("two\nlines")]
    [InlineData("two\nlines\n")]
    [InlineData("\n  leading\nblock \"${x}\"\n\n")]
    [InlineData("\ttab\n#hash")]
    [InlineData("\n\n")]
    [InlineData("bell\a ${x}")]
    [InlineData("\u0085\u2028 ${y} 🙂")]
    [InlineData("???x")]
    [InlineData("- a")]
    [InlineData("key:")]
    public void TextsKeepTheirCharacters(string text)
    {
        var config = new ConfigBuilder(RunKind.Job).Set("resources.cloud", "local").Set("run", text).Set("setup", text).Build();
        Assert.Equal(text, RunConfig.Parse(config.ToYaml(), RunKind.Job).Job.Run);
        Assert.Equal(text, RunConfig.Parse(config.ToYaml(withDefaults: true), RunKind.Job).Job.Setup);
    }

    [Fact]
    public void EveryRecordReadsFieldsThatExist()
    {
        // A property that names no field of its class throws as it is read.
        var config = new ConfigBuilder().Model("m").Dataset("d").Result("r").Build();
        Read(config.Train, 0);
        Read(new ConfigBuilder(RunKind.Infer).Model("m").Set("remote_params.num_workers", 2).Set("generation.guided_decoding.regex", "a").Build().Infer, 0);
        Read(new ConfigBuilder(RunKind.Eval).Model("m").Task("t").Build().Eval, 0);
        Read(new ConfigBuilder(RunKind.Job).Set("resources.cloud", "c").Set("run", "r").Build().Job, 0);

        static void Read(object record, int depth)
        {
            foreach (var property in record.GetType().GetProperties().Where(static property => property.Name != "Section"))
            {
                var value = property.GetValue(record);
                if (value is Ilab.Configuration.Runs.Records.ConfigRecord inner && depth < 4)
                {
                    Read(inner, depth + 1);
                }
            }

            var section = ((Ilab.Configuration.Runs.Records.ConfigRecord)record).Section;
            Assert.Equal(
                section.Class.Fields.Select(static field => field.Name.Replace("_", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
                record
                    .GetType()
                    .GetProperties()
                    .Select(static property => property.Name.ToLowerInvariant())
                    .Where(static name => name != "section")
                    .Order(StringComparer.Ordinal)
            );
        }
    }

    [Fact]
    public void EveryClassOfTheTablesCanBeReached()
    {
        foreach (var field in RunSchema.Classes.SelectMany(static item => item.Fields))
        {
            for (var type = field.Type; type is not null; type = type.Item)
            {
                if (type.Shape == FieldShape.Section)
                {
                    Assert.NotNull(RunSchema.Class(type.Name));
                }
                else if (type.Shape == FieldShape.Choice)
                {
                    Assert.NotEmpty(RunSchema.Choices(type.Name));
                }
            }
        }

        Assert.Equal(
            RunKinds.All.Select(RunKinds.NameOf).Order(StringComparer.Ordinal),
            RunSchema.Kinds.Select(static item => item.Kind!).Order(StringComparer.Ordinal)
        );
    }
}
