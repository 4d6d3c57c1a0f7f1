using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Native.Llama.Loading;
using Ilab.Testing;

namespace Ilab.Native.Llama.Tests.Ggml.Kernels;

/// <summary>The same graph, forward and backward, as ggml computes it and with the kernels in its place.</summary>
public sealed class RowKernelsTests
{
    private const int Rows = 37;

    public RowKernelsTests() => NativeLibraries.Load(TestPaths.NativeLibraries);

    [Theory]
    [InlineData(16)]
    [InlineData(67)]
    [InlineData(128)]
    public void TheyComputeWhatGgmlComputes(int columns)
    {
        var (plainOutput, plainGradient) = Compute(columns, isOwn: false);
        var (output, gradient) = Compute(columns, isOwn: true);

        Assert.All(plainOutput.Zip(output), static pair => Assert.InRange(pair.Second - pair.First, -1e-6, 1e-6));
        var largest = plainGradient.Max(MathF.Abs);
        Assert.All(plainGradient.Zip(gradient), pair => Assert.InRange((pair.Second - pair.First) / largest, -2e-6, 2e-6));
    }

    private static (float[] Output, float[] Gradient) Compute(int columns, bool isOwn)
    {
        var random = new Random(9);
        using var backend = GgmlBackend.Open(2);
        using var inputs = new GgmlContext(16);
        using var context = new GgmlContext(256, 256);
        Tensor x = inputs.New(TensorTypes.F32, columns, Rows).AsParameter(),
            up = inputs.New(TensorTypes.F32, columns, Rows);
        Tensor mask = inputs.New(TensorTypes.F32, columns, Rows),
            before = inputs.New(TensorTypes.F32, columns, Rows),
            after = inputs.New(TensorTypes.F32, columns, Rows);
        using var buffer = backend.Allocate(inputs);
        foreach (var tensor in new[] { x, up, before })
        {
            tensor.Write<float>([.. Enumerable.Range(0, columns * Rows).Select(_ => (float)(random.NextDouble() * 8) - 4)]);
        }

        // As the triangle of a text: no row sees all columns, the first sees one.
        mask.Write<float>([.. Enumerable.Range(0, columns * Rows).Select(index => index % columns <= index / columns ? 0 : float.NegativeInfinity)]);
        var output = context.SoftMax(context.SwiGlu(context.RmsNorm(x, 1e-5f), up), mask, 0.7f).AsOutput();
        var graph = new GgmlGraph(context, 128, gradients: true);
        graph.Add(output.AsLoss());
        graph.AddBackward(new Dictionary<Tensor, Tensor> { [x] = after, [output] = before });
        using var memory = new GgmlGraphMemory(backend);
        memory.Allocate(graph);
        Assert.Equal(isOwn ? 4 : 0, isOwn ? RowKernels.Install(graph) : 0);
        backend.Compute(graph);
        return (output.ToArray(), after.ToArray());
    }
}
