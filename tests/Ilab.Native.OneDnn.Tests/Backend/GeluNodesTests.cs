using Ilab.Native.Llama;
using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Tests.Fixtures;

namespace Ilab.Native.OneDnn.Tests.Backend;

/// <summary>What is computed in the place of ggml's tables: the formula in single precision, in every form that a graph has.</summary>
[Collection(NativeCollection.Name)]
public sealed unsafe class GeluNodesTests : IDisposable
{
    private const int Unary = 8,
        Gated = 1,
        Rows = 3;

    private readonly nint _context;

    public GeluNodesTests(Fixtures.Native native)
    {
        Assert.NotNull(native);
        _context = GgmlApi.ggml_init(new InitParams { mem_size = 16 << 20 });
    }

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(33, 2, false)]
    [InlineData(2100, 2, false)]
    [InlineData(33, 1, true)]
    [InlineData(2100, 2, true)]
    public void OfOneOperand(int columns, int threads, bool exact)
    {
        var x = Random(columns, 1);
        var node = GgmlApi.ggml_silu(_context, x);
        *(int*)node->op_params = Unary;
        Check(node, threads, (row, column) => Gelu(Of(x, row, column), exact), exact);
    }

    [Theory]
    [InlineData(16, 1, false)]
    [InlineData(1050, 2, false)]
    [InlineData(1050, 2, true)]
    public void OfTwoOperands(int columns, int threads, bool exact)
    {
        GgmlTensor* x = Random(columns, 1),
            other = Random(columns, 2);
        var node = GgmlApi.ggml_swiglu_split(_context, x, other);
        *(int*)node->op_params = Gated;
        Check(node, threads, (row, column) => Gelu(Of(x, row, column), exact) * Of(other, row, column), exact);
    }

    [Theory]
    [InlineData(20, false, false)]
    [InlineData(20, true, false)]
    [InlineData(20, false, true)]
    public void OfTheHalvesOfRows(int columns, bool swapped, bool exact)
    {
        var whole = Random(2 * columns, 3);
        var node = GgmlApi.ggml_swiglu_split(_context, Random(columns, 1), Random(columns, 2));
        var numbers = (int*)node->op_params;
        (numbers[0], numbers[1], node->src[0], node->src[1]) = (Gated, swapped ? 1 : 0, (nint)whole, 0);
        var (first, second) = swapped ? (columns, 0) : (0, columns);
        Check(node, 2, (row, column) => Gelu(Of(whole, row, first + column), exact) * Of(whole, row, second + column), exact);
    }

    public void Dispose() => GgmlApi.ggml_free(_context);

    private static double Gelu(double x, bool isExact) =>
        isExact ? x * Below(x) : 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    // The normal distribution by its series, or by the continued fraction of what lies beyond.
    private static double Below(double x)
    {
        if (Math.Abs(x) < 4)
        {
            var (term, sum) = (x, x);
            for (var index = 3; index < 120; index += 2)
            {
                term *= x * x / index;
                sum += term;
            }

            return 0.5 + (sum * Density(x));
        }

        var fraction = 0.0;
        for (var index = 60; index > 0; index--)
        {
            fraction = index / (Math.Abs(x) + fraction);
        }

        var beyond = Density(x) / (Math.Abs(x) + fraction);
        return x < 0 ? beyond : 1 - beyond;
    }

    private static double Density(double x) => Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);

    private static double Of(GgmlTensor* tensor, long row, long column) => ((float*)tensor->data)[(row * tensor->ne[0]) + column];

    // The node is as before when its graph was computed: llama.cpp computes graphs again.
    private void Check(GgmlTensor* node, int threads, Func<long, long, double> expected, bool isExact)
    {
        var (op, number) = (node->op, *(int*)node->op_params);
        using var backend = new CpuBackend(GgmlApi.ggml_backend_dev_init(AcceleratorDevice.Cpu, null), new ComputeForm(isExact, IsPlain: false));
        backend.SetThreads(threads);
        var graph = GgmlApi.ggml_new_graph_custom(_context, 16, 0);
        GgmlApi.ggml_build_forward_expand(graph, node);
        for (var time = 0; time < 2; time++)
        {
            new Span<float>(node->data, (int)(node->ne[0] * Rows)).Clear();
            Assert.Equal(0, backend.Compute(graph, threads));
            Assert.Equal((op, number), (node->op, *(int*)node->op_params));
            for (var row = 0; row < Rows; row++)
            {
                for (var column = 0; column < node->ne[0]; column++)
                {
                    var wanted = expected(row, column);
                    Assert.InRange(Of(node, row, column), wanted - 1e-6 - Math.Abs(1e-6 * wanted), wanted + 1e-6 + Math.Abs(1e-6 * wanted));
                }
            }
        }
    }

    private GgmlTensor* Random(int columns, int seed)
    {
        var tensor = GgmlApi.ggml_new_tensor_2d(_context, 0, columns, Rows);
        var random = new Random(seed);
        foreach (ref var value in new Span<float>(tensor->data, columns * Rows))
        {
            value = (random.NextSingle() * 24) - 12;
        }

        return tensor;
    }
}
