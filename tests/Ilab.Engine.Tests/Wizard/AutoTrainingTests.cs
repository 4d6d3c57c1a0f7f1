using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Engine.Tests.Wizard;

/// <summary>What is chosen for a training, and that every choice names the figure that it comes from.</summary>
public sealed class AutoTrainingTests
{
    private const long Billion = 1_000_000_000;

    private static readonly ModelFacts Small = new("small", "llama", "F32")
    {
        Parameters = 15_000_000,
        Size = 60_000_000,
        ContextLength = 512,
        Header = new ModelSummary
        {
            Parameters = 15_000_000,
            Size = 60_000_000,
            ContextLength = 512,
            Layers = 6,
            Embedding = 288,
            FeedForward = 768,
            Heads = 6,
            KvHeads = 6,
            HeadDimension = 48,
            Vocabulary = 32000,
            Quantization = "F32",
        },
    };

    private static readonly ModelFacts Large = new("granite:latest", "granite", "F16")
    {
        Parameters = 2_500_000_000,
        Size = 5 * Billion,
        ContextLength = 4096,
        Header = new ModelSummary
        {
            Parameters = 2_500_000_000,
            Size = 5 * Billion,
            ContextLength = 4096,
            Layers = 40,
            Embedding = 2048,
            FeedForward = 8192,
            Heads = 32,
            KvHeads = 8,
            HeadDimension = 64,
            Vocabulary = 49152,
            Quantization = "F16",
        },
    };

    private static readonly LengthFacts Short = new([.. Enumerable.Range(30, 120)], 120, true);

    [Fact]
    public void ASmallModelIsTrainedAsAWhole()
    {
        var chosen = Choose(Small, Short, Cpu(16 * Billion));
        Assert.Equal(("full", "0.00002", "false"), (chosen.Type.Value, chosen.LearningRate.Value, chosen.Checkpointing.Value));
        Assert.StartsWith("15M parameters are few", chosen.Type.Reason, StringComparison.Ordinal);
        Assert.Contains("of the 16.0 GB free on cpu", chosen.Type.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Q8_0")]
    [InlineData("Q4_K_M")]
    public void QuantizedWeightsAreNotTrained(string quantization)
    {
        var chosen = Choose(Small with { Quantization = quantization }, Short, Cpu(16 * Billion));
        Assert.Equal("qlora", chosen.Type.Value);
        Assert.Contains($"the weights are {quantization}", chosen.Type.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ALargeModelGetsAdaptersAndNeverOnesThatItsWeightsDoNotAllow()
    {
        Assert.Equal("lora", Choose(Large, Short, Cpu(16 * Billion)).Type.Value);
        var tight = Choose(Large, Short, Cpu(Billion));
        Assert.Equal(("lora", false), (tight.Type.Value, tight.Fits));
        Assert.Contains("more than the 1.0 GB free on cpu; 'ilab model quantize granite", tight.Type.Reason, StringComparison.Ordinal);
        Assert.Equal("lora", Choose(Small with { HasExperts = true, TrainsWhole = false }, Short, Cpu(16 * Billion)).Type.Value);
    }

    [Fact]
    public void TheLengthIsThatOfTheRecords()
    {
        var chosen = Choose(Small, Short, Cpu(16 * Billion));
        Assert.Equal(("256", true), (chosen.MaxLength.Value, chosen.IsLengthOpen));
        Assert.Equal("the longest of 120 records has about 149 tokens", chosen.MaxLength.Reason);

        var cut = Choose(Small, new LengthFacts([.. Enumerable.Range(1, 1000)], 90_000, true), Cpu(16 * Billion));
        Assert.Equal(("512", false), (cut.MaxLength.Value, cut.IsLengthOpen));
        Assert.Equal("the model was trained for no more; 49 % of 1000 of about 90000 records are longer and are cut", cut.MaxLength.Reason);

        var outlier = Choose(Large, new LengthFacts([.. Enumerable.Repeat(100, 999), 60_000], 1000, false), Cpu(64 * Billion));
        Assert.Equal("2048", outlier.MaxLength.Value);
        Assert.Contains("99 % of 1000 records, four characters taken for a token have at most 100 tokens", outlier.MaxLength.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void BatchesGrowWithTheMemoryAndFillAStep()
    {
        var records = new LengthFacts([.. Enumerable.Repeat(1000, 400)], 400, true);
        var batches = new List<int>();
        foreach (var free in (long[])[6, 12, 24, 64])
        {
            var chosen = Choose(
                new TrainingCase(Large, null, Cpu(free * Billion))
                {
                    Lengths = records,
                    Given = new TrainingGiven { Checkpointing = true },
                }
            );
            var (batch, accumulation) = (int.Parse(chosen.BatchSize.Value), int.Parse(chosen.Accumulation.Value));
            Assert.InRange(batch * accumulation, 13, 20);
            Assert.Contains($"of the 400 records (1000 tokens on average)", chosen.Accumulation.Reason, StringComparison.Ordinal);
            batches.Add(batch);
        }

        Assert.Equal(batches.Order(), batches);
        Assert.True(batches[0] < batches[^1], string.Join(',', batches));
    }

    [Fact]
    public void CheckpointingAndShorterSequencesComeWhereNothingElseFits()
    {
        var records = new LengthFacts([.. Enumerable.Repeat(1700, 400)], 400, true);
        var ample = Choose(Large, records, Cpu(200 * Billion));
        Assert.Equal(("false", "1984"), (ample.Checkpointing.Value, ample.MaxLength.Value));
        var tight = Choose(Large, records, Cpu(9 * Billion));
        Assert.Equal("true", tight.Checkpointing.Value);
        Assert.Contains("which would not fit", tight.Checkpointing.Reason, StringComparison.Ordinal);
        var tightest = Enumerable
            .Range(68, 100)
            .Select(tenths => Choose(Large, records, Cpu(tenths * Billion / 10)))
            .First(static chosen => chosen.Fits == true);
        Assert.True(int.Parse(tightest.MaxLength.Value) < 1984, tightest.MaxLength.Value);
        Assert.Contains("1984 do not fit into the", tightest.MaxLength.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AGpuIsTakenWhereItHasTheMemory()
    {
        DeviceFacts[] both = [new("cpu", 64 * Billion, false), new("cuda0", 24 * Billion, true)];
        Assert.Equal("cuda0", Choose(Large, Short, both).Device!.Value);
        DeviceFacts[] little = [new("cpu", 64 * Billion, false), new("cuda0", 2 * Billion, true)];
        var chosen = Choose(Large, Short, little);
        Assert.Equal("cpu", chosen.Device!.Value);
        Assert.Contains("cuda0 has 2.0 GB free", chosen.Device.Reason, StringComparison.Ordinal);
        Assert.Equal("cpu", Choose(Large with { HasExperts = true, TrainsWhole = false }, Short, both).Device!.Value);
        Assert.Equal("cpu", Choose(new TrainingCase(Large, null, both) { Given = new TrainingGiven { Device = "CPU" } }).Device!.Value);
    }

    [Fact]
    public void WhatIsGivenStays()
    {
        var given = new TrainingGiven
        {
            Type = "lora",
            BatchSize = 5,
            Accumulation = 7,
            MaxLength = 300,
            Checkpointing = true,
        };
        var chosen = Choose(new TrainingCase(Small, null, Cpu(16 * Billion)) { Lengths = Short, Given = given });
        Assert.Equal(
            ("lora", "5", "7", "300", "true", false),
            (chosen.Type.Value, chosen.BatchSize.Value, chosen.Accumulation.Value, chosen.MaxLength.Value, chosen.Checkpointing.Value, chosen.IsLengthOpen)
        );
        var lines = chosen.Lines(given);
        Assert.All((string[])["device", "learning rate", "threads"], name => Assert.Contains(lines, line => line.StartsWith(name, StringComparison.Ordinal)));
        Assert.DoesNotContain(
            lines,
            static line => line.StartsWith("batch", StringComparison.Ordinal) || line.StartsWith("training", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void SeveralGpusAreSuggestedACopyOrAPart()
    {
        DeviceFacts[] gpus = [new("cuda0", 24 * Billion, true)];
        var copies = Choose(new TrainingCase(Large, null, gpus) { Gpus = 4, Lengths = Short });
        Assert.Equal("ddp", copies.Distributed.Value);
        Assert.StartsWith("4 GPUs: a copy of", copies.Distributed.Reason, StringComparison.Ordinal);
        var parts = Choose(
            new TrainingCase(Large, null, gpus)
            {
                Gpus = 4,
                Hosts = 2,
                Lengths = Short,
                Given = new TrainingGiven { Type = "full" },
            }
        );
        Assert.Equal(("fsdp", true), (parts.Distributed.Value, parts.Fits));
        Assert.StartsWith("4 GPUs on each of 2 machines:", parts.Distributed.Reason, StringComparison.Ordinal);
        Assert.Equal("none", Choose(Large, Short, gpus).Distributed.Value);
    }

    [Fact]
    public void WithoutAModelTheLeastIsTaken()
    {
        var chosen = Choose(new TrainingCase(null, null, []));
        Assert.Equal(("lora", "true", "2048"), (chosen.Type.Value, chosen.Checkpointing.Value, chosen.MaxLength.Value));
        Assert.Null(chosen.Fits);
        Assert.All(chosen.Lines(new TrainingGiven()), static line => Assert.Matches("^[a-z ]+ [a-z0-9.]+: .+$", line));
    }

    private static DeviceFacts[] Cpu(long free) => [new("cpu", free, false)];

    private static AutoTraining Choose(ModelFacts model, LengthFacts lengths, IReadOnlyList<DeviceFacts> devices) =>
        Choose(new TrainingCase(model, null, devices) { Lengths = lengths });

    private static AutoTraining Choose(TrainingCase known) => new TrainingAdvice().Choose(known);
}
