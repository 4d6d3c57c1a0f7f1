using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Recurrent;

/// <summary>LFM2: short convolutions behind gates, and some layers with attention.</summary>
internal static class Lfm2
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "lfm2",
            Classes = ["Lfm2ForCausalLM", "LFM2ForCausalLM"],
            ModelType = "lfm2",
            Defaults = """
                {"vocab_size": 65536, "hidden_size": 2560, "intermediate_size": 12288, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "num_key_value_heads": 8, "max_position_embeddings": 128000, "norm_eps": 1e-5, "rope_theta": 1000000.0, "conv_L_cache": 3,
                 "block_multiple_of": 256, "block_ffn_dim_multiplier": 1.0, "block_auto_adjust_ff_dim": true, "tie_word_embeddings": true}
                """,
            Measures = new Dictionary<string, string> { ["ff"] = "block_ff_dim | intermediate_size", ["cache"] = "conv_L_cache" },
            LayerMeasures = static (config, _, name) => name == "ff" ? LengthOf(config) : null,
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Of("attention.head_count_kv", HeadsOfLayers),
                Setting.Length("vocab_size", "vocab"),
                Setting.Length("shortconv.l_cache", "cache"),
                Setting.Of("feed_forward_length", static config => (uint?)LengthOf(config)),
            ],
            Tensors =
            [
                Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"),
                Tensor.Norm("model.embedding_norm", "token_embd_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Back =
            [
                .. Decoder.Config,
                Back.Of("rms_norm_eps", static _ => null),
                Back.Of("hidden_act", static _ => null),
                Back.Number("norm_eps", "attention.layer_norm_rms_epsilon", 1e-5m),
                Back.Of("num_key_value_heads", static source => source.Wholes("attention.head_count_kv")?.Max()),
                Back.Of("layer_types", static source => source.Wholes("attention.head_count_kv")?.Select(NameOf).ToArray()),
                Back.Length("conv_L_cache", "shortconv.l_cache"),
                Back.Of("conv_bias", static source => Enumerable.Range(0, source.Layers).Any(layer => source.Has($"blk.{layer}.shortconv.conv.bias"))),
                Back.Fixed("block_auto_adjust_ff_dim", false),
            ],
            Untrained = Untrained.Recurrent,
            LayerTensors =
            [
                Tensor.Norm("operator_norm", "attn_norm"),
                Tensor.Norm("ffn_norm", "ffn_norm"),
                .. Convolution.When(static (config, layer) => !HasAttention(config, layer)),
                .. Attention.When(HasAttention),
                Tensor.Matrix("feed_forward.w1", "ffn_gate", "ff hidden"),
                Tensor.Matrix("feed_forward.w3", "ffn_up", "ff hidden"),
                Tensor.Matrix("feed_forward.w2", "ffn_down", "hidden ff"),
            ],
            Vocabulary = new VocabularyRules { PreTokenizers = ["lfm2"] },
        };

    /// <summary>The layers with a short convolution.</summary>
    public static IEnumerable<TensorRule> Convolution =>
        [
            Tensor.Matrix("conv.conv", "shortconv.conv", "hidden 1 cache", new Reshape("hidden", "cache")),
            Tensor.Of("conv.conv.bias", "shortconv.conv.bias", "hidden").Optional(),
            .. Tensor.Linear("conv.in_proj", "shortconv.in_proj", "3*hidden hidden"),
            .. Tensor.Linear("conv.out_proj", "shortconv.out_proj", "hidden hidden"),
        ];

    /// <summary>The layers that see everything.</summary>
    public static IEnumerable<TensorRule> Attention =>
        [
            Tensor.Matrix("self_attn.q_proj", "attn_q", "q hidden"),
            Tensor.Matrix("self_attn.k_proj", "attn_k", "k hidden"),
            Tensor.Matrix("self_attn.v_proj", "attn_v", "k hidden"),
            Tensor.Matrix("self_attn.out_proj", "attn_output", "hidden q"),
            Tensor.Norm("self_attn.q_layernorm", "attn_q_norm", "head"),
            Tensor.Norm("self_attn.k_layernorm", "attn_k_norm", "head"),
        ];

    private static string NameOf(int heads) => heads > 0 ? "full_attention" : "conv";

    /// <summary>Whether a layer sees everything; older configs list those.</summary>
    public static bool HasAttention(ModelConfig config, int layer) =>
        config.Texts("layer_types") is { Length: > 0 } ? Decoder.IsOfType(config, layer, "full_attention")
        : config.Numbers("full_attn_idxs") is { Length: > 0 } layers ? layers.Contains(layer)
        : true;

    private static object? HeadsOfLayers(ModelConfig config) =>
        Enumerable
            .Range(0, (int)Math.Clamp(config.Whole("num_hidden_layers") ?? 0, 0, 4096))
            .Select(layer => HasAttention(config, layer) ? (int)(config.Whole("num_key_value_heads") ?? 0) : 0)
            .ToArray();

    // Two thirds of what the config says, times a factor, up to a multiple.
    private static long? LengthOf(ModelConfig config)
    {
        var length = config.Whole("block_ff_dim", "intermediate_size");
        if (length is null or < 0 or > Measures.Largest || config.Flag("block_auto_adjust_ff_dim") != true)
        {
            return length;
        }

        var part = (long)((config.Number("block_ffn_dim_multiplier") ?? 1) * (2 * length.Value / 3));
        var multiple = Math.Max(1, config.Whole("block_multiple_of") ?? 1);
        return multiple * ((part + multiple - 1) / multiple);
    }
}
