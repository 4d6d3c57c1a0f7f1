using Ilab.Engine.Planning;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Training;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Tests.Workloads.Training;

/// <summary>What a training takes by the dimensions of its model alone.</summary>
public sealed class TrainingFormulaTests
{
    private static readonly ModelSummary Llama8B = new()
    {
        Parameters = 8_030_261_248,
        Size = 16_060_522_496,
        Layers = 32,
        Heads = 32,
        KvHeads = 8,
        HeadDimension = 128,
        Embedding = 4096,
        Vocabulary = 128256,
        ContextLength = 131072,
        Quantization = "BF16",
    };

    [Fact]
    public void TheAdaptersOfAKnownModelAreCountedExactly()
    {
        var need = TrainingFormula.Of(
            Llama8B,
            new TrainingSpec
            {
                Rank = 16,
                BatchSize = 1,
                MaxLength = 2048,
            },
            lanes: 0
        );
        Assert.Equal(14336, TrainingFormula.FeedForward(Llama8B));
        Assert.Equal(41_943_040, need.Trained); // 41.9 million, as PEFT says of rank 16 on all seven
        Assert.Equal(need.Trained * 16, need.Adapters + need.Gradients + need.Optimizer);
        Assert.Equal(Llama8B.Size, need.Weights);
    }

    [Fact]
    public void EveryWeightTakesSixteenBytes()
    {
        var need = TrainingFormula.Of(
            Llama8B,
            new TrainingSpec
            {
                Type = "full",
                BatchSize = 1,
                MaxLength = 256,
            },
            lanes: 2
        );
        Assert.Equal((long)Llama8B.Parameters * 16, need.Weights + need.Gradients + need.Optimizer);
        Assert.Equal((0L, 0L), (need.Adapters, need.Packed));
    }

    [Fact]
    public void ActivationsGrowWithBatchAndLengthAndShrinkWhenTheyAreRecomputed()
    {
        var spec = new TrainingSpec { BatchSize = 1, MaxLength = 512 };
        var one = TrainingFormula.Of(Llama8B, spec, 2).Activations;
        Assert.Equal(2.0, TrainingFormula.Of(Llama8B, spec with { BatchSize = 2 }, 2).Activations / (double)one, 0.01);
        Assert.True(TrainingFormula.Of(Llama8B, spec with { MaxLength = 1024 }, 2).Activations > one * 2);
        Assert.InRange(TrainingFormula.Of(Llama8B, spec with { GradientCheckpointing = true }, 2).Activations, one / 20, one / 4);
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("full")]
    public void TheLeastIsNoMoreThanTheWhole(string type)
    {
        var spec = new TrainingSpec { Type = type };
        foreach (var model in new[] { Llama8B, GuessedModel.OfName("x-135M")!, GuessedModel.OfName("x-8x7B")! })
        {
            var least = TrainingFormula.Least(model, spec);
            Assert.InRange(least, 1, TrainingFormula.Of(model, spec, 0).OfDevice);
        }
    }
}
