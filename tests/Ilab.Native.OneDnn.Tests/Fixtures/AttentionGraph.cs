using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Tests.Products;

namespace Ilab.Native.OneDnn.Tests.Fixtures;

/// <summary>One attention node of random values, and what comes out by its definition.</summary>
internal sealed unsafe class AttentionGraph : IDisposable
{
    private const int F32 = 0;
    private const int F16 = 1;
    private readonly nint _context = GgmlApi.ggml_init(new InitParams { mem_size = 64 << 20 });
    private readonly (int Depth, int Queries, int Keys, int Heads, int KeyHeads) _shape;
    private readonly GgmlTensor* _query;
    private readonly GgmlTensor* _key;
    private readonly GgmlTensor* _value;
    private readonly GgmlTensor* _mask;

    public AttentionGraph(int depth, int queries, int keys, int heads, int keyHeads, Seen seen)
    {
        _shape = (depth, queries, keys, heads, keyHeads);
        var random = new Random(depth + queries + keys);
        _query = Tensor(F32, depth, queries, heads);
        _key = Tensor(F16, depth, keys, keyHeads);
        _value = Tensor(F16, depth, keys, keyHeads);
        _mask = seen == Seen.NoMask ? null : Tensor(F16, keys, queries, 1);
        foreach (ref var value in new Span<float>(_query->data, depth * queries * heads))
        {
            value = (random.NextSingle() * 6) - 3;
        }

        FillHalves(_key, () => (random.NextSingle() * 2) - 1);
        FillHalves(_value, () => (random.NextSingle() * 2) - 1);
        for (var index = 0; _mask != null && index < queries * keys; index++)
        {
            var (query, key) = (index / keys, index % keys);
            var shown = seen == Seen.Everything || (seen == Seen.Causal ? key <= query + keys - queries : key / 100 % 3 == query / 50 % 3);
            ((Half*)_mask->data)[index] = shown ? (Half)0 : Half.NegativeInfinity;
        }

        Node = GgmlApi.ggml_flash_attn_ext(_context, _query, _key, _value, _mask, 1 / MathF.Sqrt(depth), 0, 0);
    }

    public GgmlTensor* Node { get; }

    public Span<float> Result => new(Node->data, _shape.Depth * _shape.Queries * _shape.Heads);

    public float[] Exact()
    {
        var (depth, queries, keys, heads, keyHeads) = _shape;
        var result = new float[depth * queries * heads];
        for (var head = 0; head < heads; head++)
        {
            var keyHead = head / (heads / keyHeads);
            for (var query = 0; query < queries; query++)
            {
                var weights = Weights(head, keyHead, query);
                var total = weights.Sum();
                for (var index = 0; index < depth; index++)
                {
                    var sum = 0.0;
                    for (var key = 0; key < keys; key++)
                    {
                        sum += weights[key] * (double)((Half*)_value->data)[(((keyHead * keys) + key) * depth) + index];
                    }

                    result[(((query * heads) + head) * depth) + index] = (float)(sum / total);
                }
            }
        }

        return result;
    }

    public void Dispose() => GgmlApi.ggml_free(_context);

    private double[] Weights(int head, int keyHead, int query)
    {
        var (depth, queries, keys, _, _) = _shape;
        var scores = new double[keys];
        for (var key = 0; key < keys; key++)
        {
            for (var index = 0; index < depth; index++)
            {
                scores[key] +=
                    ((float*)_query->data)[(((head * queries) + query) * depth) + index]
                    * (double)((Half*)_key->data)[(((keyHead * keys) + key) * depth) + index];
            }

            scores[key] = (scores[key] / Math.Sqrt(depth)) + (_mask == null ? 0 : (double)((Half*)_mask->data)[(query * keys) + key]);
        }

        var most = scores.Max();
        return [.. scores.Select(score => Math.Exp(score - most))];
    }

    private GgmlTensor* Tensor(int type, long columns, long rows, long matrices)
    {
        var lengths = stackalloc long[3] { columns, rows, matrices };
        return GgmlApi.ggml_new_tensor(_context, type, 3, lengths);
    }

    private static void FillHalves(GgmlTensor* tensor, Func<float> next)
    {
        foreach (ref var value in new Span<Half>(tensor->data, (int)(tensor->ne[0] * tensor->Rows)))
        {
            value = (Half)next();
        }
    }
}
