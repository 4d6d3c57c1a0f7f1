using System.Text.Json.Nodes;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>The attention of one layer of a <see cref="PlainDecoder"/>.</summary>
internal sealed class PlainHeads(PlainDecoder decoder, Tape tape, int layer)
{
    private readonly (string Type, int Width, int Heads, int KeyHeads, double Epsilon, string Path) _of = decoder.Measures;

    private string Path => $"{_of.Path}{layer}.";

    private bool IsSliding =>
        decoder.Find("layer_types") is JsonArray kinds ? (string)kinds[layer]! == "sliding_attention" : decoder.Find("sliding_window") is not null;

    /// <summary>Whether the layer has no rotary positions.</summary>
    private bool IsBare =>
        _of.Type == "gpt2"
        || (_of.Type is "smollm3" or "llama4_text" && (layer + 1) % 4 == 0)
        || (_of.Type is "cohere2" or "exaone4" && HasWindows && !IsSliding);

    private bool HasWindows => decoder.Find("sliding_window") is not null;

    private int Size =>
        _of.Type == "gemma4_text" && !IsSliding ? (int)decoder.Number("global_head_dim")
        : decoder.Find("head_dim") is null ? _of.Width / _of.Heads
        : (int)decoder.Number("head_dim");

    public Value Apply(Value x)
    {
        if (_of.Type is "deepseek_v2" or "deepseek_v3")
        {
            return new PlainLatent(decoder, tape, Path + "self_attn.").Apply(x);
        }

        var (q, k, v) = Projected(x);
        if (decoder.Find("clip_qkv") is not null)
        {
            (q, k, v) = (Clipped(q), Clipped(k), Clipped(v));
        }

        (q, k) = (NormedHeads(q, "q", _of.Heads), NormedHeads(k, "k", _of.KeyHeads));
        v = _of.Type == "gemma4_text" ? tape.Norm(v, Size, _of.Epsilon, isCentered: false) : v;
        (q, k) = (Turned(q, _of.Heads), Turned(k, _of.KeyHeads));
        if (_of.Type == "llama4_text" && !IsBare)
        {
            (q, k) = (tape.Norm(q, Size, _of.Epsilon, isCentered: false), tape.Norm(k, Size, _of.Epsilon, isCentered: false));
        }

        if (decoder.Find("temperature") is not null)
        {
            var (scale, floor) = (decoder.Number("temperature"), decoder.Number("temperature_floor"));
            var factors = Enumerable.Range(0, q.Rows).Select(row => 1 + (scale * Math.Log(1 + Math.Floor(row / floor)))).ToArray();
            q = Rowwise(q, factors);
        }

        var cap = decoder.Find("attn_logit_softcapping") is null ? 0 : decoder.Number("attn_logit_softcapping");
        var attention = new PlainAttention(_of.Heads, _of.KeyHeads, Size, Scale(), IsSliding ? (int)decoder.Number("sliding_window") : 0, cap)
        {
            Sinks = decoder.Has(Path + "self_attn.sinks") ? decoder.Tensor(Path + "self_attn.sinks") : null,
        };
        var joined = attention.Apply(tape, q, k, v);
        return decoder.Linear(
            _of.Type switch
            {
                "gpt2" => Path + "attn.c_proj",
                "gpt_neox" => Path + "attention.dense",
                "phi" => Path + "self_attn.dense",
                _ => Path + "self_attn.o_proj",
            },
            joined
        );
    }

    private double Scale() =>
        _of.Type is "granite" or "granitemoe" ? decoder.Number("attention_multiplier")
        : _of.Type == "gemma4_text" ? 1
        : decoder.Find("query_pre_attn_scalar") is not null ? 1 / Math.Sqrt(decoder.Number("query_pre_attn_scalar"))
        : 1 / Math.Sqrt(Size);

    private (Value Q, Value K, Value V) Projected(Value x)
    {
        int queries = _of.Heads * Size,
            keys = _of.KeyHeads * Size;
        switch (_of.Type)
        {
            case "gpt2":
                return Cut(decoder.Linear(Path + "attn.c_attn", x));
            case "phi3":
                return Cut(decoder.Linear(Path + "self_attn.qkv_proj", x));
            case "gpt_neox":
                // Each head has its query, key and value side by side.
                var all = decoder.Linear(Path + "attention.query_key_value", x);
                return (OfEach(all, 0), OfEach(all, 1), OfEach(all, 2));
            default:
                var key = decoder.Linear(Path + "self_attn.k_proj", x);
                var value = decoder.Has(Path + "self_attn.v_proj.weight") ? decoder.Linear(Path + "self_attn.v_proj", x) : key;
                return (decoder.Linear(Path + "self_attn.q_proj", x), key, value);
        }

        (Value, Value, Value) Cut(Value fused) =>
            (
                tape.Take(fused, [.. Enumerable.Range(0, queries)]),
                tape.Take(fused, [.. Enumerable.Range(queries, keys)]),
                tape.Take(fused, [.. Enumerable.Range(queries + keys, keys)])
            );

        Value OfEach(Value fused, int kind) =>
            tape.Take(fused, [.. Enumerable.Range(0, queries).Select(column => (((column / Size * 3) + kind) * Size) + (column % Size))]);
    }

    private Value NormedHeads(Value x, string kind, int heads)
    {
        var name = $"{Path}self_attn.{kind}_norm";
        if (decoder.Has($"{Path}self_attn.{kind}_layernorm.norms.0.weight"))
        {
            var normed = tape.Norm(x, Size, _of.Epsilon, isCentered: true);
            return tape.Columnwise(normed, decoder.Stacked(Path + "self_attn." + kind + "_layernorm.norms.{0}.weight", heads));
        }

        return decoder.Has(name + ".weight") ? decoder.Normed(x, name, _of.Type is "olmo2" or "olmo3" or "olmoe" ? x.Columns : Size) : x;
    }

    private Value Turned(Value x, int heads)
    {
        if (IsBare)
        {
            return x;
        }

        var part =
            decoder.Find("partial_rotary_factor") is null && decoder.Find("rotary_pct") is null ? 1 : decoder.Number("partial_rotary_factor", "rotary_pct");
        var turning = (int)(Size * part);
        var neighbours = _of.Type is "glm" or "glm4" or "llama4_text" or "cohere" or "cohere2" or "ernie4_5" or "ernie4_5_moe";
        var pairs = new List<(int, int)>();
        for (var head = 0; head < heads; head++)
        {
            for (var pair = 0; pair < turning / 2; pair++)
            {
                var start = head * Size;
                pairs.Add(neighbours ? (start + (2 * pair), start + (2 * pair) + 1) : (start + pair, start + pair + (turning / 2)));
            }
        }

        var rope = new PlainRope(decoder, IsSliding, turning);
        return tape.Turn(x, [.. pairs], (row, pair) => row * rope.Frequency(pair % (turning / 2)), rope.Length);
    }

    private Value Clipped(Value x)
    {
        var bound = decoder.Number("clip_qkv");
        return tape.Each(x, v => (Math.Clamp(v, -bound, bound), Math.Abs(v) < bound ? 1 : 0));
    }

    private Value Rowwise(Value x, double[] factors)
    {
        var scales = new Value(x.Rows, x.Columns, [.. factors.SelectMany(factor => Enumerable.Repeat(factor, x.Columns))]);
        return tape.Multiply(x, scales);
    }
}
