using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>MPT: positions are a slope, layer norms without offsets, everything fused.</summary>
internal static class Mpt
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "mpt",
            Classes = ["MPTForCausalLM", "MptForCausalLM"],
            ModelType = "mpt",
            Defaults = """
                {"vocab_size": 50368, "d_model": 2048, "n_heads": 16, "n_layers": 24, "expansion_ratio": 4, "max_seq_len": 2048,
                 "tie_word_embeddings": true}
                """,
            Measures = new Dictionary<string, string>
            {
                ["hidden"] = "d_model",
                ["heads"] = "n_heads",
                ["layers"] = "n_layers",
                ["head"] = "hidden / heads",
                ["ff"] = "expansion_ratio * hidden",
            },
            Metadata =
            [
                Setting.Length("context_length", "max_seq_len"),
                Setting.Length("embedding_length", "hidden"),
                Setting.Length("block_count", "layers"),
                Setting.Length("feed_forward_length", "ff"),
                Setting.Length("attention.head_count", "heads"),
                Setting.Of("attention.head_count_kv", static config => (uint?)Attention(config, "kv_n_heads")),
                Setting.Fixed("attention.layer_norm_epsilon", 1e-5f),
                Setting.Of("attention.clamp_kqv", static config => (float?)Attention(config, "clip_qkv")),
                Setting.Of("attention.max_alibi_bias", static config => HasSlope(config) ? (float)(Attention(config, "alibi_bias_max") ?? 8) : 0f),
            ],
            LayerPath = "transformer.blocks.{l}.",
            Tensors =
            [
                Tensor.Matrix("transformer.wte", "token_embd", "vocab hidden"),
                Tensor.Matrix("transformer.wpe", "position_embd", "max_seq_len hidden").Optional(),
                Tensor.Norm("transformer.norm_f", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Back =
            [
                Back.Length("d_model", "embedding_length"),
                Back.Length("n_layers", "block_count"),
                Back.Length("n_heads", "attention.head_count"),
                Back.Length("max_seq_len", "context_length"),
                Back.Of("expansion_ratio", static source => source.Required("feed_forward_length") / Math.Max(1, source.Required("embedding_length"))),
                Back.Of("vocab_size", static source => source.Vocabulary),
                Back.Fixed("no_bias", true),
                Back.Of("attn_config", AttentionOf),
                Back.Of("tie_word_embeddings", static source => !source.Has("output.weight")),
            ],
            Untrained = Untrained.Undescribed,
            LayerTensors =
            [
                Tensor.Norm("norm_1", "attn_norm"),
                Tensor.Norm("norm_2", "ffn_norm"),
                Tensor.Matrix("attn.Wqkv", "attn_qkv", "3*hidden hidden"),
                Tensor.Matrix("attn.out_proj", "attn_output", "hidden hidden"),
                Tensor.Matrix("ffn.up_proj", "ffn_up", "ff hidden"),
                Tensor.Matrix("ffn.down_proj", "ffn_down", "hidden ff"),
            ],
            SaysFileType = false,
            Vocabulary = new VocabularyRules { PreTokenizers = ["mpt"] },
            Check = static config =>
                Attention(config, "kv_n_heads") is not null ? ["shared keys (attn_config.kv_n_heads) of this family cannot be converted"]
                : Attention(config, "softmax_scale") is { } scale && scale != 0
                    ? ["a scale of its own (attn_config.softmax_scale) is not in the graph of this family"]
                : [],
        };

    private static double? Attention(ModelConfig config, string key) => config.Find("attn_config").Find(key).Number();

    private static bool HasSlope(ModelConfig config) => config.Find("attn_config").Find("alibi").Flag() ?? true;

    private static Dictionary<string, object?> AttentionOf(GgufSource source)
    {
        var slope = source.Number("attention.max_alibi_bias") ?? 0;
        return new Dictionary<string, object?>
        {
            ["alibi"] = slope > 0,
            ["alibi_bias_max"] = slope > 0 ? slope : 8m,
            ["clip_qkv"] = source.Number("attention.clamp_kqv"),
        };
    }
}
