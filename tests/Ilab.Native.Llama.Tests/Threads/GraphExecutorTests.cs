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
        Chain = 24,
        Wide = 1024;
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

    /// <summary>Nothing tells it to: it reads that others use the CPUs.</summary>
    [Fact]
    public void ACrewComputesASingleTokenWhileOthersUseTheCpus()
    {
        Use(0, 0);
        Govern(null);
        using var backend = GgmlBackend.Open(2);
        using var weights = new GgmlContext(16);
        using var context = new GgmlContext(64, 64);
        Tensor x = weights.New(TensorTypes.F32, Wide, 1),
            weight = weights.New(TensorTypes.F32, Wide, Wide);
        using var buffer = backend.Allocate(weights);
        var random = new Random(3);
        x.Write<float>([.. Enumerable.Range(0, Wide).Select(_ => random.NextSingle() - 0.5f)]);
        weight.Write<float>([.. Enumerable.Range(0, Wide * Wide).Select(_ => random.NextSingle() - 0.5f)]);
        var graph = new GgmlGraph(context, 64);
        var product = context.MatMul(weight, context.MatMul(weight, x));
        graph.Add(product);
        using var memory = new GgmlGraphMemory(backend);
        memory.Allocate(graph);
        var steps = BusyCrew.Steps;
        for (var ticks = 0; ticks < 3; ticks++)
        {
            Use(0, 100 * ticks); // the computer has nothing else to do
            Thread.Sleep(110); // the supply is read ten times a second
            backend.Compute(graph);
        }

        Assert.Equal(steps, BusyCrew.Steps);
        var expected = product.ToArray();
        for (var ticks = 1; ticks < 30 && BusyCrew.Steps == steps; ticks++)
        {
            Use(100 * ticks, 200);
            Thread.Sleep(250); // so long a rest makes it look at once
            backend.Compute(graph);
        }

        Assert.True(BusyCrew.Steps > steps, "no crew computed beside others");
        Assert.Equal(expected, product.ToArray());

        void Use(int busy, int idle) => WriteStat(string.Concat(Enumerable.Range(0, 2).Select(cpu => $"cpu{cpu} {busy} 0 0 {idle} 0 0 0 0\n")));
    }

    public void Dispose()
    {
        ComputeThreads.Use(null);
        _compute.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>What the executor reads of the machine's CPUs.</summary>
    private void WriteStat(string text)
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc"));
        File.WriteAllText(Path.Combine(_root, "proc/stat"), text);
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
