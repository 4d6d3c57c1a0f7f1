using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Loading;
using Ilab.Testing;

namespace Ilab.Native.Llama.Tests.Ggml;

/// <summary>The loss of ggml's own operations against the one in a single pass.</summary>
public sealed class PortableCrossEntropyTests
{
    private const int Vocabulary = 67,
        Rows = 5;

    public PortableCrossEntropyTests() => NativeLibraries.Load(TestPaths.NativeLibraries);

    [Fact]
    public void LossesAndGradientAreTheSame()
    {
        var (losses, gradient) = Run(static (context, inputs) => new CrossEntropy(context, inputs, Vocabulary, Rows));
        var (portableLosses, portableGradient) = Run(static (context, inputs) => new PortableCrossEntropy(context, inputs, Vocabulary, Rows));
        Assert.All(losses.Zip(portableLosses).Take(Rows - 1), static pair => Assert.InRange(pair.First - pair.Second, -1e-5, 1e-5));
        Assert.All(gradient.Zip(portableGradient), static pair => Assert.InRange(pair.First - pair.Second, -1e-7, 1e-7));
        Assert.Contains(gradient, static value => value < -0.1);
        Assert.All(gradient.TakeLast(Vocabulary), static value => Assert.Equal(0, value));
    }

    [Fact]
    public void MoreLogitsThanCanBeNumberedAreRefused()
    {
        using var context = new GgmlContext(16);
        Assert.Throws<GgmlException>(() => new PortableCrossEntropy(context, context, 200_000, 20_000));
    }

    private static (float[] Losses, float[] Gradient) Run(Func<GgmlContext, GgmlContext, ITokenLoss> make)
    {
        var random = new Random(4);
        using var backend = GgmlBackend.Open(2);
        using var inputs = new GgmlContext(16);
        using var context = new GgmlContext(64, 64);
        var logits = inputs.New(TensorTypes.F32, Vocabulary, Rows);
        var loss = make(context, inputs);
        var graph = new GgmlGraph(context, 32);
        graph.Add(loss.Connect(logits).AsOutput());
        using var buffer = backend.Allocate(inputs);
        using var memory = new GgmlGraphMemory(backend);
        memory.Allocate(graph);
        logits.Write<float>([.. Enumerable.Range(0, Vocabulary * Rows).Select(_ => (float)(random.NextDouble() * 8) - 4)]);

        // The last row does not count, and has a target that is none.
        loss.Write([3, 0, Vocabulary - 1, 3, -1], [0.2f, 0.5f, 1, 0.01f, 0]);
        backend.Compute(graph);
        return (loss.Losses(), loss.Gradient.ToArray());
    }
}
