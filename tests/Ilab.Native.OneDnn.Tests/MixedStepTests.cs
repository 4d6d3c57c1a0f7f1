using Ilab.Gguf;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Threads;
using Ilab.Native.OneDnn.Tests.Fixtures;
using Ilab.Testing.Models;

namespace Ilab.Native.OneDnn.Tests;

/// <summary>Answers and a part of a prompt in one step: their attention is computed in two ways, side by side.</summary>
[Collection(NativeCollection.Name)]
public sealed class MixedStepTests : IDisposable
{
    private const int Answers = 5,
        Prompt = 150,
        Sequences = Answers + 1;
    private readonly Fixtures.Native _native;

    public MixedStepTests(Fixtures.Native native)
    {
        _native = native;
        GovernedDevice.Register();
        ComputeThreads.Govern(2);
    }

    [SkippableTheory]
    [InlineData(GgmlType.F32, 1e-4)]
    [InlineData(GgmlType.BF16, 0.02)]
    public void EveryoneGetsWhatHeGetsAlone(GgmlType type, double tolerance)
    {
        var accelerator = _native.Required;
        using var model = new TestModel(type, new LlamaShape(256, 512, 2, 4, 1024, 1024));
        var (apart, together) = (Logits(isMixed: false), Logits(isMixed: true));
        var largest = apart.Max(MathF.Abs);
        Assert.True(largest > 0.5, "logits that say nothing");
        Assert.All(apart.Zip(together), pair => Assert.Equal(pair.First / largest, pair.Second / largest, tolerance));

        List<float> Logits(bool isMixed)
        {
            using var context = LlamaContext.Create(
                model.Model,
                new ContextOptions
                {
                    Cells = 1024,
                    Sequences = Sequences,
                    Threads = 2,
                    FlashAttention = true,
                    IsGoverned = true,
                }
            );
            using var attached = accelerator.Attach(context, model, long.MaxValue, static _ => { });
            foreach (var use in attached.Uses.Values)
            {
                use.MinimumRows = 2;
            }

            using var batch = new LlamaBatch(512);
            for (var sequence = 0; sequence < Answers; sequence++)
            {
                AddPrompt(batch, sequence, 10 + (40 * sequence));
            }

            Assert.Equal(0, context.Decode(batch));
            batch.Clear();
            for (var sequence = 0; sequence < Answers; sequence++)
            {
                batch.Add(301 + sequence, 10 + (40 * sequence), sequence, logits: true);
            }

            List<float> found = [];
            if (isMixed)
            {
                AddPrompt(batch, Answers, Prompt);
                Take(batch, Answers);
            }
            else
            {
                Take(batch, Answers);
                batch.Clear();
                AddPrompt(batch, Answers, Prompt);
                Assert.Equal(0, context.Decode(batch));
            }

            batch.Clear();
            batch.Add(333, Prompt, Answers, logits: true);
            Take(batch, 1);
            return found;

            void Take(LlamaBatch tokens, int answers)
            {
                Assert.Equal(0, context.Decode(tokens));
                for (var index = 0; index < answers; index++)
                {
                    found.AddRange(context.Logits(index));
                }
            }
        }
    }

    public void Dispose() => ComputeThreads.Use(null);

    private static void AddPrompt(LlamaBatch batch, int sequence, int tokens)
    {
        for (var position = 0; position < tokens; position++)
        {
            batch.Add(300 + (((position * 37) + (sequence * 11)) % 700), position, sequence, logits: false);
        }
    }
}
