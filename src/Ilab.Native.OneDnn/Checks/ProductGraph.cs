using System.Diagnostics;
using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Backend;

namespace Ilab.Native.OneDnn.Checks;

/// <summary>A graph of nothing but products: the same number of rows by each of some matrices of weights.</summary>
internal sealed unsafe class ProductGraph : IDisposable
{
    private const int F32 = 0;
    private const int I32 = 26;
    private readonly nint _context;
    private readonly nint _buffer;
    private readonly nint _graph;
    private readonly List<nint> _results = [];

    /// <param name="weights">Tensors, and how many matrices of a stack of experts each token takes.</param>
    /// <param name="cpu">Backend whose buffers are used.</param>
    public ProductGraph(IReadOnlyList<(nint Tensor, int Chosen)> weights, long rows, nint cpu)
    {
        var tensors = (nuint)(weights.Count * 4) + 8;
        _context = GgmlApi.ggml_init(
            new InitParams { mem_size = (tensors * GgmlApi.ggml_tensor_overhead()) + GgmlApi.ggml_graph_overhead_custom(tensors, 0), no_alloc = 1 }
        );
        _graph = GgmlApi.ggml_new_graph_custom(_context, tensors, 0);
        var sources = new Dictionary<long, nint>();
        var choices = new List<(nint Ids, int Experts)>();
        foreach (var (weight, chosen) in weights)
        {
            var depth = ((GgmlTensor*)weight)->ne[0];
            if (!sources.TryGetValue(depth, out var source))
            {
                sources[depth] = source = (nint)GgmlApi.ggml_new_tensor_2d(_context, F32, depth, rows);
            }

            var result =
                ((GgmlTensor*)weight)->ne[2] == 1
                    ? GgmlApi.ggml_mul_mat(_context, (GgmlTensor*)weight, (GgmlTensor*)source)
                    : ExpertProduct((GgmlTensor*)weight, (GgmlTensor*)source, chosen, choices);
            GgmlApi.ggml_build_forward_expand(_graph, result);
            _results.Add((nint)result);
        }

        _buffer = GgmlApi.ggml_backend_alloc_ctx_tensors(_context, cpu);
        if (_buffer == 0)
        {
            GgmlApi.ggml_free(_context);
            throw new OneDnnException("no memory for a measurement");
        }

        var random = new Random(1);
        foreach (var source in sources.Values)
        {
            foreach (ref var value in Values(source))
            {
                value = (random.NextSingle() * 2) - 1;
            }
        }

        foreach (var (ids, experts) in choices)
        {
            Choose((GgmlTensor*)ids, experts, random);
        }

        Sources = sources;
    }

    /// <summary>The activations, by their length.</summary>
    public IReadOnlyDictionary<long, nint> Sources { get; }

    public static Span<float> Values(nint tensor)
    {
        var pointer = (GgmlTensor*)tensor;
        return new Span<float>(pointer->data, (int)(pointer->ne[0] * pointer->Rows));
    }

    /// <summary>What came out for one of the weights.</summary>
    public Span<float> Result(int index) => Values(_results[index]);

    public void Run(AcceleratorBackend backend, Dictionary<nint, WeightUse> accelerated)
    {
        var status = backend.Compute(_graph, accelerated);
        if (status != 0)
        {
            throw new OneDnnException($"a graph of products ended with status {status}");
        }
    }

    /// <summary>The shortest of some runs, in seconds.</summary>
    public double Time(AcceleratorBackend backend, Dictionary<nint, WeightUse> accelerated, int runs)
    {
        var best = double.MaxValue;
        for (var run = 0; run < runs; run++)
        {
            var start = Stopwatch.GetTimestamp();
            Run(backend, accelerated);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private GgmlTensor* ExpertProduct(GgmlTensor* experts, GgmlTensor* source, int chosen, List<(nint Ids, int Experts)> choices)
    {
        var rows = source->ne[1];
        var ids = GgmlApi.ggml_new_tensor_2d(_context, I32, chosen, rows);
        choices.Add(((nint)ids, (int)experts->ne[2]));
        return GgmlApi.ggml_mul_mat_id(_context, experts, GgmlApi.ggml_reshape_3d(_context, source, source->ne[0], 1, rows), ids);
    }

    private static void Choose(GgmlTensor* ids, int experts, Random random)
    {
        var values = new Span<int>(ids->data, (int)(ids->ne[0] * ids->ne[1]));
        for (var index = 0; index < values.Length; index += (int)ids->ne[0])
        {
            var first = random.Next(experts);
            for (var choice = 0; choice < (int)ids->ne[0]; choice++)
            {
                values[index + choice] = (first + choice) % experts;
            }
        }
    }

    public void Dispose()
    {
        GgmlApi.ggml_backend_buffer_free(_buffer);
        GgmlApi.ggml_free(_context);
    }
}
