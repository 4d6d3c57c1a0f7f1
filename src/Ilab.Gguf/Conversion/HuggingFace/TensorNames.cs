using System.Globalization;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>One tensor under both of its names.</summary>
/// <param name="HuggingFace">Name in safetensors.</param>
/// <param name="Gguf">Name in a GGUF.</param>
/// <param name="Shape">Slowest dimension first.</param>
/// <param name="IsRequired">Whether a model without it is not whole.</param>
/// <param name="RopeHeads">Heads whose rows change places, or 0.</param>
public sealed record TensorName(string HuggingFace, string Gguf, long[] Shape, bool IsRequired, int RopeHeads = 0);

/// <summary>All tensors that a model of some shape has, or may have.</summary>
public static class TensorNames
{
    public static List<TensorName> Of(ModelShape shape)
    {
        var names = new List<TensorName> { new("model.embed_tokens.weight", "token_embd.weight", [shape.Vocabulary, shape.Embedding], true) };
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            names.AddRange(Layer(shape, layer));
        }

        names.Add(new TensorName("model.norm.weight", "output_norm.weight", [shape.Embedding], true));
        names.Add(new TensorName("lm_head.weight", "output.weight", [shape.Vocabulary, shape.Embedding], !shape.TiesEmbedding));
        return names;
    }

    /// <summary>Whether a tensor carries nothing that has to be converted: it is computed when the model is loaded.</summary>
    public static bool IsComputed(string huggingFace) =>
        huggingFace.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || huggingFace.EndsWith(".self_attn.masked_bias", StringComparison.Ordinal);

    private static IEnumerable<TensorName> Layer(ModelShape shape, int layer)
    {
        var family = shape.Family;
        var (from, to) = (string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}"), string.Create(CultureInfo.InvariantCulture, $"blk.{layer}"));
        var (query, key) = ((long)shape.Heads * shape.HeadDimension, (long)shape.KvHeads * shape.HeadDimension);
        yield return new TensorName($"{from}.input_layernorm.weight", $"{to}.attn_norm.weight", [shape.Embedding], true);
        (string, string, long, long, int)[] projections =
        [
            ("self_attn.q_proj", "attn_q", query, shape.Embedding, shape.Heads),
            ("self_attn.k_proj", "attn_k", key, shape.Embedding, shape.KvHeads),
            ("self_attn.v_proj", "attn_v", key, shape.Embedding, 0),
            ("self_attn.o_proj", "attn_output", shape.Embedding, query, 0),
            ("mlp.gate_proj", "ffn_gate", shape.FeedForward, shape.Embedding, 0),
            ("mlp.up_proj", "ffn_up", shape.FeedForward, shape.Embedding, 0),
            ("mlp.down_proj", "ffn_down", shape.Embedding, shape.FeedForward, 0),
        ];
        foreach (var (huggingFace, gguf, rows, columns, heads) in projections)
        {
            var turned = family.PairsRope ? heads : 0;
            var isInput = gguf is "attn_q" or "attn_k" or "attn_v";
            yield return new TensorName($"{from}.{huggingFace}.weight", $"{to}.{gguf}.weight", [rows, columns], true, turned);
            if (family.MayHaveBias || (family.QueryBias && isInput))
            {
                yield return new TensorName($"{from}.{huggingFace}.bias", $"{to}.{gguf}.bias", [rows], family.QueryBias && isInput, turned);
            }
        }

        if (family.NormsHeads)
        {
            yield return new TensorName($"{from}.self_attn.q_norm.weight", $"{to}.attn_q_norm.weight", [shape.HeadDimension], true);
            yield return new TensorName($"{from}.self_attn.k_norm.weight", $"{to}.attn_k_norm.weight", [shape.HeadDimension], true);
        }

        yield return new TensorName($"{from}.post_attention_layernorm.weight", $"{to}.ffn_norm.weight", [shape.Embedding], true);
    }
}
