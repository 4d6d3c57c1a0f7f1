using Ilab.Gguf;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Crew;
using Ilab.Native.Llama.Threads;
using Ilab.Native.OneDnn.Tests.Fixtures;
using Ilab.Testing.Models;

namespace Ilab.Native.OneDnn.Tests;

/// <summary>Logits are the same to the last bit on any number of threads, also when it changes from node to node; prompts, batches, and decoding with a cache
/// that ggml would cut up.</summary>
[Collection(NativeCollection.Name)]
public sealed class ThreadNumberTests : IDisposable
{
    private const int Most = 3,
        Cells = 1024,
        Sequences = 4;
    private readonly Fixtures.Native _native;
    private readonly string _root = Directory.CreateTempSubdirectory("ilab-threads-").FullName;

    public ThreadNumberTests(Fixtures.Native native)
    {
        _native = native;
        GovernedDevice.Register();
        Directory.CreateDirectory(Path.Combine(_root, "sys/devices/system/cpu"));
        File.WriteAllText(Path.Combine(_root, "sys/devices/system/cpu/online"), $"0-{Most - 1}");
    }

    [Theory]
    [InlineData(GgmlType.F32, 0)]
    [InlineData(GgmlType.BF16, 0)]
    [InlineData(GgmlType.Q8_0, 0)]
    [InlineData(GgmlType.Q4_0, 0)]
    [InlineData(GgmlType.Q4_K, 0)]
    [InlineData(GgmlType.Q6_K, 0)]
    [InlineData(GgmlType.Q8_0, 4)]
    public void PlainLogitsDoNotDependOnIt(GgmlType type, int experts)
    {
        using var model = new TestModel(type, Shape(experts));
        AreTheSame(model, static _ => null, isForCrews: experts == 0);
    }

    [SkippableTheory]
    [InlineData(GgmlType.F32, 0)]
    [InlineData(GgmlType.BF16, 0)]
    [InlineData(GgmlType.Q8_0, 0)]
    [InlineData(GgmlType.Q4_K, 0)]
    [InlineData(GgmlType.Q8_0, 4)]
    public void AcceleratedLogitsDoNotDependOnIt(GgmlType type, int experts)
    {
        var accelerator = _native.Required;
        using var model = new TestModel(type, Shape(experts));
        var products = accelerator.ProductCount;
        AreTheSame(
            model,
            context =>
            {
                var attached = accelerator.Attach(context, model, long.MaxValue, static _ => { });
                foreach (var use in attached.Uses.Values)
                {
                    use.MinimumRows = use.Coded is null ? 2 : 1; // wherever it can, whether it pays or not
                }

                return attached;
            },
            isForCrews: experts == 0
        );
        Assert.True(accelerator.ProductCount > products, "nothing was accelerated");
    }

    public void Dispose()
    {
        ComputeThreads.Use(null);
        StepCrew.Hindrance = null;
        Directory.Delete(_root, recursive: true);
    }

    private static LlamaShape Shape(int experts) => new(256, 512, 2, 4, 1024, Cells, Experts: experts);

    /// <param name="isForCrews">Whether a crew takes steps of single tokens.</param>
    private void AreTheSame(TestModel model, Func<LlamaContext, AcceleratedModel?> attach, bool isForCrews)
    {
        var one = Logits(model, attach, 1, static _ => 1);
        var number = 0;
        Assert.Equal(one, Logits(model, attach, 2, static _ => 2));
        Assert.Equal(one, Logits(model, attach, Most, most => (number++ * 7 % 5 % most) + 1));
        Assert.True(number > 600, $"the number of threads changed within steps: asked {number} times");
        var (steps, repeated) = (BusyCrew.Steps, StepCrew.Repeated);
        Assert.Equal(one, Logits(model, attach, Most, static _ => ComputeThreads.Crew));
        Assert.Equal(isForCrews, BusyCrew.Steps > steps);

        // As if threads lost their CPUs when they have just begun.
        var parts = 0;
        StepCrew.Hindrance = () => Thread.Sleep(Interlocked.Increment(ref parts) % 9 == 0 ? 3 : 0);
        Assert.Equal(one, Logits(model, attach, Most, static _ => ComputeThreads.Crew));
        Assert.Equal(isForCrews, StepCrew.Repeated > repeated);
    }

    /// <summary>Of steps of many kinds, one after the other.</summary>
    private List<float> Logits(TestModel model, Func<LlamaContext, AcceleratedModel?> attach, int limit, Func<int, int> script)
    {
        ComputeThreads.Use(new MachineSupply(new CpuAllowanceReader(_root, static () => null), new CpuUsage(_root), null, limit), script);
        using var context = LlamaContext.Create(
            model.Model,
            new ContextOptions
            {
                Cells = Cells,
                Sequences = Sequences,
                Threads = Most,
                FlashAttention = true,
                IsGoverned = true,
            }
        );
        using var attached = attach(context);
        var random = new Random(5);
        var found = new List<float>();
        var position = 0;
        for (var time = 0; time < 2; time++) // the first time a kind of graph is computed in small pieces
        {
            foreach (var tokens in new[] { 130, 65, 300, 7, 2, 1, 1 })
            {
                if (position + tokens <= 700)
                {
                    Step(Enumerable.Range(0, tokens).Select(index => (position + index, 0)));
                    position += tokens;
                }
            }

            for (var token = 0; token < 3; token++)
            {
                Step([(position++, 0)]);
            }

            Step(Enumerable.Range(1, 3).Select(sequence => (time, sequence)).Prepend((position++, 0)));
        }

        return found;

        void Step(IEnumerable<(int Position, int Sequence)> places)
        {
            using var batch = new LlamaBatch(512);
            foreach (var (at, sequence) in places)
            {
                batch.Add(random.Next(300, model.Model.Vocabulary.Count), at, sequence, logits: true);
            }

            Assert.Equal(0, context.Decode(batch));
            foreach (var index in Enumerable.Range(0, batch.Count))
            {
                found.AddRange(context.Logits(index));
            }
        }
    }
}
