using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Loading;
using Ilab.Native.Llama.Threads;
using Ilab.Testing;

namespace Ilab.Native.Llama.Tests.Threads;

/// <summary>A graph that is ended and continued at every node: each is computed once, those that ggml fuses too.</summary>
public sealed class GraphExecutorTests : IDisposable
{
    private const int Columns = 96,
        Rows = 20,
        Chain = 24;
    private readonly string _root = Directory.CreateTempSubdirectory("ilab-executor-").FullName;
    private readonly GgmlLock _compute = new();

    public GraphExecutorTests() => NativeLibraries.Load(TestPaths.NativeLibraries);

    [Fact]
    public void EachNodeIsComputedOnceWhereverTheNumberOfThreadsChanges()
    {
        var expected = Compute(static _ => 1, computations: 4);
        for (var seed = 0; seed < 6; seed++)
        {
            var random = new Random(seed);
            var asked = 0;
            Assert.Equal(
                expected,
                Compute(
                    most =>
                    {
                        asked++;
                        return random.Next(1, most + 1);
                    },
                    computations: 4
                )
            );
            Assert.True(asked > 3 * 2 * Chain, $"asked after each node of three computations, not {asked} times");
        }
    }

    [Fact]
    public void TheThreadsOfAPoolAreKnown()
    {
        Govern(null);
        using var backend = GgmlBackend.Open(2);
        using var pools = new ThreadPools(backend.Pointer);
        foreach (var threads in new[] { 1, 2, 3, 2, 1 })
        {
            pools.Use(threads);
            Assert.True(pools.Waited() >= TimeSpan.Zero, "this kernel says how long threads wait");
        }
    }

    public void Dispose()
    {
        ComputeThreads.Use(null);
        _compute.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private void Govern(Func<int, int>? script)
    {
        Directory.CreateDirectory(Path.Combine(_root, "sys/devices/system/cpu"));
        File.WriteAllText(Path.Combine(_root, "sys/devices/system/cpu/online"), "0-1");
        ComputeThreads.Use(new MachineSupply(new CpuAllowanceReader(_root, static () => null), new CpuUsage(_root), null, 0), script);
    }

    /// <summary>Norms and products that are fused, norms that are not, views, and sums that are added in place: computed twice or left out, each would
    /// show.</summary>
    private float[] Compute(Func<int, int> script, int computations)
    {
        Govern(script);
        using var backend = GgmlBackend.Open(2);
        using var inputs = new GgmlContext(16);
        using var context = new GgmlContext(512, 512);
        Tensor x = inputs.New(TensorTypes.F32, Columns, Rows),
            weight = inputs.New(TensorTypes.F32, Columns),
            sum = inputs.New(TensorTypes.F32, Columns, Rows);
        using var buffer = backend.Allocate(inputs);
        var random = new Random(2);
        x.Write<float>([.. Enumerable.Range(0, Columns * Rows).Select(_ => random.NextSingle() - 0.5f)]);
        weight.Write<float>([.. Enumerable.Range(0, Columns).Select(_ => random.NextSingle() + 0.5f)]);
        sum.Write<float>(new float[Columns * Rows]);
        var graph = new GgmlGraph(context, 512);
        var value = x;
        for (var link = 0; link < Chain; link++)
        {
            var norm = context.RmsNorm(value, 1e-5f);
            var scaled = context.Multiply(norm, weight);
            value = link % 3 == 0 ? context.Add(scaled, norm) : context.Add(context.Reshape(context.Reshape(scaled, Columns * Rows, 1), Columns, Rows), x);
        }

        graph.Add(context.Copy(context.Add(sum, value), sum));
        using var memory = new GgmlGraphMemory(backend);
        memory.Allocate(graph);
        for (var computation = 0; computation < computations; computation++)
        {
            backend.Compute(graph);
        }

        return sum.ToArray();
    }
}
