using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Loading;
using Ilab.Testing;

namespace Ilab.Native.Llama.Tests.Ggml.Kernels;

/// <summary>Steps of the optimizer as ggml computes them and as the kernel does.</summary>
public sealed class AdamStepTests
{
    public AdamStepTests() => NativeLibraries.Load(TestPaths.NativeLibraries);

    [Theory]
    [InlineData(64, 3)]
    [InlineData(5, 7)]
    public void ItMovesParametersAsGgmlDoes(int columns, int rows)
    {
        var (expected, actual) = (Run(columns, rows, isOwn: false), Run(columns, rows, isOwn: true));
        Assert.All(expected.Zip(actual), static pair => Assert.InRange((pair.Second - pair.First) / (MathF.Abs(pair.First) + 1e-6f), -1e-5, 1e-5));
        Assert.All(expected.Zip(Numbers(columns * rows, 1)), static pair => Assert.NotEqual(pair.First, pair.Second));
    }

    /// <returns>Values and moments after three steps.</returns>
    private static float[] Run(int columns, int rows, bool isOwn)
    {
        using var backend = GgmlBackend.Open(2);
        using var inputs = new GgmlContext(16);
        using var context = new GgmlContext(64, 64);
        Tensor New() => inputs.New(TensorTypes.F32, columns, rows);
        var (value, gradient, m, v) = (New().AsParameter(), New(), New(), New());
        Tensor numbers = inputs.New(TensorTypes.F32, 7),
            clip = inputs.New(TensorTypes.F32, 1);
        using var buffer = backend.Allocate(inputs);
        value.Write<float>(Numbers(columns * rows, 1));
        clip.Write<float>([0.25f]);
        var graph = new GgmlGraph(context, 32);
        graph.Add(context.AdamW(new TrainedTensor(value, gradient, m, v), numbers, clip, isOwn));
        using var memory = new GgmlGraphMemory(backend);
        memory.Allocate(graph);
        for (var step = 1; step <= 3; step++)
        {
            gradient.Write<float>(Numbers(columns * rows, step + 1));
            numbers.Write<float>([0.01f, 0.9f, 0.99f, 1e-8f, 0.1f, (float)(1 / (1 - Math.Pow(0.9, step))), (float)(1 / (1 - Math.Pow(0.99, step)))]);
            backend.Compute(graph);
        }

        return [.. value.ToArray(), .. m.ToArray(), .. v.ToArray()];
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 4) - 2)];
    }
}
