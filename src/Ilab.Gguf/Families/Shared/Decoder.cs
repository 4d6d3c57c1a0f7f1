using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Shared;

/// <summary>What most decoders have in common; a family takes what fits.</summary>
internal static class Decoder
{
    private const uint Softmax = 1,
        Sigmoid = 2;

    /// <summary>Settings that are written wherever the config has them.</summary>
    public static IReadOnlyList<MetadataRule> Settings { get; } =
    [
        Setting.Length("block_count", "layers"),
        Setting.Whole("context_length", "max_position_embeddings | n_ctx | n_positions | max_length | max_sequence_length | model_max_length"),
        Setting.Whole("embedding_length", "hidden"),
        Setting.Whole("feed_forward_length", "ff"),
        Setting.Whole("attention.head_count", "heads"),
        Setting.Whole("attention.head_count_kv", "num_key_value_heads"),
        Setting.Of("attention.causal", static config => config.Flag("is_causal") == false ? false : null),
        .. Positions.Settings,
        Setting.Number("attention.layer_norm_rms_epsilon", "rms_norm_eps", "norm_eps"),
        Setting.Number("attention.layer_norm_epsilon", "layer_norm_eps", "layer_norm_epsilon", "norm_epsilon"),
        Setting.Whole("expert_count", "experts"),
        Setting.Whole("expert_used_count", "num_experts_per_tok | num_experts_per_token | top_k_experts"),
        Setting.Whole("expert_group_count", "n_group"),
        Setting.Whole("expert_group_used_count", "topk_group"),
        Setting.Of("expert_gating_func", GatingOf),
        Setting.Whole("attention.key_length", "head_dim"),
        Setting.Whole("attention.value_length", "head_dim"),
    ];

    /// <summary>What configs of decoders with norms over the root mean square say, from the settings of a GGUF.</summary>
    public static IReadOnlyList<ConfigRule> Config { get; } =
    [
        Back.Length("hidden_size", "embedding_length"),
        Back.Length("intermediate_size", "feed_forward_length"),
        Back.Length("num_hidden_layers", "block_count"),
        Back.Length("num_attention_heads", "attention.head_count"),
        Back.Of("num_key_value_heads", static source => KeyHeads(source) ?? source.Whole("attention.head_count")),
        Back.Of("head_dim", static source => source.Whole("attention.key_length") ?? (source.SaysHead ? source.Head : null)),
        Back.Of("vocab_size", static source => source.Vocabulary),
        Back.Of("max_position_embeddings", static source => source.Whole("context_length") ?? 2048),
        Back.Number("rms_norm_eps", "attention.layer_norm_rms_epsilon", 1e-5m),
        Back.Number("rope_theta", "rope.freq_base", 10_000),
        Back.Fixed("hidden_act", "silu"),
        Back.Of("tie_word_embeddings", static source => !source.Has("output.weight")),
        Back.Of("rope_scaling", static source => Positions.ScalingOf(source)),
    ];

    /// <summary>The same with layer norms.</summary>
    public static IReadOnlyList<ConfigRule> LayerNormConfig { get; } =
    [.. Config, Back.Of("rms_norm_eps", static _ => null), Back.Number("layer_norm_eps", "attention.layer_norm_epsilon", 1e-5m)];

    /// <summary>Biases that a config class has none of unless the config says so.</summary>
    public static IReadOnlyList<ConfigRule> BiasConfig { get; } = [Back.Has("attention_bias", "attn_q.bias"), Back.Has("mlp_bias", "ffn_up.bias")];

    /// <summary>Heads that share keys, where the file says it.</summary>
    public static ConfigRule SharedHeads { get; } = Back.Whole("num_key_value_heads", "attention.head_count_kv");

    /// <summary>Kinds of layers, of which the last of each period sees everything.</summary>
    public static ConfigRule KindsOfLayers(int period) => Back.Of("layer_types", source => KindsOf(source, layer => (layer + 1) % period != 0));

    /// <summary>Names of the kinds of layers.</summary>
    /// <param name="isSliding">Whether a layer has a window.</param>
    public static string[] KindsOf(GgufSource source, Func<int, bool> isSliding) =>
        [.. Enumerable.Range(0, source.Layers).Select(layer => isSliding(layer) ? "sliding_attention" : "full_attention")];

    public static IReadOnlyList<TensorRule> Embeddings { get; } =
    [
        Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"),
        Tensor.Norm("model.norm", "output_norm"),
        Tensor.Matrix("lm_head", "output", "vocab hidden"),
    ];

    /// <summary>Norms before attention and before the feed-forward part.</summary>
    public static IReadOnlyList<TensorRule> Norms { get; } = [Tensor.Norm("input_layernorm", "attn_norm"), Tensor.Norm("post_attention_layernorm", "ffn_norm")];

    /// <summary>Separate projections, each with the bias that it may have.</summary>
    public static IReadOnlyList<TensorRule> Attention { get; } =
    [
        .. Tensor.Linear("self_attn.q_proj", "attn_q", "q hidden"),
        .. Tensor.Linear("self_attn.k_proj", "attn_k", "k hidden"),
        .. Tensor.Linear("self_attn.v_proj", "attn_v", "k hidden"),
        .. Tensor.Linear("self_attn.o_proj", "attn_output", "hidden q"),
    ];

    /// <summary>The same for graphs that turn neighbours.</summary>
    public static IReadOnlyList<TensorRule> PairedAttention { get; } =
    [
        .. Tensor.Linear("self_attn.q_proj", "attn_q", "q hidden", Swap.Pairs("heads")),
        .. Tensor.Linear("self_attn.k_proj", "attn_k", "k hidden", Swap.Pairs("kv")),
        .. Tensor.Linear("self_attn.v_proj", "attn_v", "k hidden"),
        .. Tensor.Linear("self_attn.o_proj", "attn_output", "hidden q"),
    ];

    /// <summary>Norms of the heads of queries and keys.</summary>
    public static IReadOnlyList<TensorRule> HeadNorms { get; } =
    [Tensor.Norm("self_attn.q_norm", "attn_q_norm", "head"), Tensor.Norm("self_attn.k_norm", "attn_k_norm", "head")];

    /// <summary>Gate, up and down.</summary>
    public static IReadOnlyList<TensorRule> GatedFeedForward { get; } =
    [
        .. Tensor.Linear("mlp.gate_proj", "ffn_gate", "ff hidden"),
        .. Tensor.Linear("mlp.up_proj", "ffn_up", "ff hidden"),
        .. Tensor.Linear("mlp.down_proj", "ffn_down", "hidden ff"),
    ];

    /// <summary>Expert matrices that are saved one by one, with the router.</summary>
    public static IReadOnlyList<TensorRule> Experts { get; } =
    [
        Tensor.Matrix("mlp.gate", "ffn_gate_inp", "experts hidden"),
        Tensor.Matrix("mlp.experts.{experts}.gate_proj", "ffn_gate_exps", "moe hidden"),
        Tensor.Matrix("mlp.experts.{experts}.up_proj", "ffn_up_exps", "moe hidden"),
        Tensor.Matrix("mlp.experts.{experts}.down_proj", "ffn_down_exps", "hidden moe"),
    ];

    /// <summary>Expert matrices that are saved in one, gate above up, as newer checkpoints have them.</summary>
    public static IReadOnlyList<TensorRule> FusedExperts { get; } =
    [
        Tensor.Of("mlp.experts.gate_up_proj", "ffn_gate_exps.weight", "experts 2*moe hidden", new Take("0", "moe", Axis: 1)).Optional(),
        Tensor.Of("mlp.experts.gate_up_proj", "ffn_up_exps.weight", "experts 2*moe hidden", new Take("moe", "moe", Axis: 1)).Optional(),
        Tensor.Of("mlp.experts.down_proj", "ffn_down_exps.weight", "experts hidden moe").Optional(),
    ];

    /// <summary>Rules for some layers only.</summary>
    public static IEnumerable<TensorRule> When(this IEnumerable<TensorRule> rules, Func<ModelConfig, int, bool> where) =>
        rules.Select(rule => rule.When(where));

    /// <summary>Whether <c>layer_types</c> gives a layer one of some kinds; names differ between versions of transformers.</summary>
    public static bool IsOfType(ModelConfig config, int layer, params ReadOnlySpan<string> kinds)
    {
        var types = config.Texts("layer_types");
        return layer < types.Length && kinds.Contains(types[layer]);
    }

    /// <summary>A window that the graph has no term for.</summary>
    public static IEnumerable<string> WindowWarning(ModelConfig config)
    {
        var context = config.Whole("max_position_embeddings") ?? long.MaxValue;
        if (config.Whole("sliding_window") is { } window and > 0 && window < context && config.Flag("use_sliding_window") != false)
        {
            yield return $"the model attends to the last {window} tokens only (sliding_window), which the engine does not do for this architecture: "
                + $"answers to texts of more than {window} tokens differ from those of the original";
        }
    }

    /// <summary>What the engine makes of the weights of the chosen experts is fixed for the architecture.</summary>
    /// <param name="normalizes">Whether they add up to one there.</param>
    public static IEnumerable<string> WeightWarning(ModelConfig config, bool normalizes) =>
        (config.Flag("norm_topk_prob") ?? false) == normalizes
            ? []
            :
            [
                $"the weights of the chosen experts are {(normalizes ? "not made to add up to one" : "made to add up to one")} in the original "
                    + "(norm_topk_prob), which the engine does the other way for this architecture: answers differ",
            ];

    // One number, or one for each layer.
    private static long? KeyHeads(GgufSource source) => source.Whole("attention.head_count_kv") ?? source.Wholes("attention.head_count_kv")?.Max();

    private static object? GatingOf(ModelConfig config)
    {
        if (config.Text("score_function", "scoring_func", "score_func", "moe_router_activation", "moe_router_activation_func") is not { } name)
        {
            return null;
        }

        uint? number =
            name == "softmax" ? Softmax
            : name == "sigmoid" ? Sigmoid
            : null;
        if (number is null)
        {
            config.Report($"the router function {name} (scoring_func) is not known");
        }

        return number;
    }
}
