using Ilab.Gguf;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Threads;
using Ilab.Native.OneDnn.Tests.Fixtures;
using Ilab.Testing.Models;

namespace Ilab.Native.OneDnn.Tests;

/// <summary>What others have in the cache changes nothing, to the last bit: neither by being there nor by being shared.</summary>
[Collection(NativeCollection.Name)]
public sealed class SharedCacheTests : IDisposable
{
    private const int Cells = 2048,
        Others = 900,
        Idle = 5;

    public SharedCacheTests(Fixtures.Native native)
    {
        Assert.NotNull(native);
        GovernedDevice.Register();
        ComputeThreads.Govern(2);
    }

    [Theory]
    [InlineData(GgmlType.F32, 1)]
    [InlineData(GgmlType.F32, 4)]
    [InlineData(GgmlType.Q8_0, 3)]
    public void ACacheFullOfOthersGivesTheSameLogits(GgmlType type, int sequences)
    {
        using var model = new TestModel(type, new LlamaShape(256, 512, 2, 4, 1024, Cells));
        var alone = Logits(model, sequences, others: 0);

        Assert.Equal(alone, Logits(model, sequences, Others));
    }

    [Fact]
    public void ACopiedBeginningIsLikeOneOfItsOwn()
    {
        using var model = new TestModel(GgmlType.Q8_0, new LlamaShape(256, 512, 2, 4, 1024, Cells));
        using var context = Create(model);
        Fill(context, model, 0, 0, 40);
        context.Share(0, 1, 30);
        Assert.True(context.Forget(0, 0));
        var copied = Step(context, model, [(30, 1)]);
        Assert.True(context.Forget(1, 0));
        Fill(context, model, 2, 0, 40);
        Assert.True(context.Forget(2, 30));

        Assert.Equal(copied, Step(context, model, [(30, 2)]));
    }

    public void Dispose() => ComputeThreads.Use(null);

    /// <summary>Of several sequences that decode together, with some cells of others between theirs.</summary>
    private static List<float> Logits(TestModel model, int sequences, int others)
    {
        using var context = Create(model);
        Fill(context, model, Idle, 0, others / 2);
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            Fill(context, model, sequence, 0, 20 + sequence);
        }

        Fill(context, model, Idle, others / 2, others / 2);
        List<float> found = [];
        for (var step = 0; step < 3; step++)
        {
            found.AddRange(Step(context, model, [.. Enumerable.Range(0, sequences).Select(sequence => (20 + sequence + step, sequence))]));
        }

        return found;
    }

    private static LlamaContext Create(TestModel model) =>
        LlamaContext.Create(
            model.Model,
            new ContextOptions
            {
                Cells = Cells,
                Sequences = Idle + 1,
                Threads = 2,
                FlashAttention = true,
                IsGoverned = true,
            }
        );

    /// <summary>Tokens that follow from their position.</summary>
    private static void Fill(LlamaContext context, TestModel model, int sequence, int from, int count)
    {
        for (var position = from; position < from + count; position++)
        {
            Step(context, model, [(position, sequence)]);
        }
    }

    private static List<float> Step(LlamaContext context, TestModel model, IReadOnlyList<(int Position, int Sequence)> places)
    {
        using var batch = new LlamaBatch(16);
        foreach (var (position, sequence) in places)
        {
            batch.Add(300 + (position * 37 % (model.Model.Vocabulary.Count - 300)), position, sequence, logits: true);
        }

        Assert.Equal(0, context.Decode(batch));
        return [.. Enumerable.Range(0, batch.Count).SelectMany(index => context.Logits(index).ToArray())];
    }
}
