using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>Qwen 1.5 and 2 with experts, and a shared one behind a gate of its own.</summary>
internal static class Qwen2Moe
{
    /// <summary>Lengths of the experts.</summary>
    public static IReadOnlyList<MetadataRule> Lengths { get; } =
    [Setting.Whole("expert_feed_forward_length", "moe_intermediate_size"), Setting.Whole("expert_shared_feed_forward_length", "shared")];

    /// <summary>What configs say of them.</summary>
    public static IReadOnlyList<ConfigRule> Config { get; } =
    [
        Back.Length("num_experts", "expert_count"),
        Back.Length("num_experts_per_tok", "expert_used_count"),
        Back.Length("moe_intermediate_size", "expert_feed_forward_length"),
        Back.Length("shared_expert_intermediate_size", "expert_shared_feed_forward_length"),
    ];

    /// <summary>The experts, with the one that all tokens take.</summary>
    public static IReadOnlyList<TensorRule> Routed { get; } =
    [
        .. Decoder.Experts,
        .. Decoder.FusedExperts,
        Tensor.Matrix("mlp.shared_expert.gate_proj", "ffn_gate_shexp", "shared hidden"),
        Tensor.Matrix("mlp.shared_expert.up_proj", "ffn_up_shexp", "shared hidden"),
        Tensor.Matrix("mlp.shared_expert.down_proj", "ffn_down_shexp", "hidden shared"),
        Tensor.Matrix("mlp.shared_expert_gate", "ffn_gate_inp_shexp", "1 hidden"),
    ];

    public static Family Family { get; } =
        Qwen2.Family with
        {
            Architecture = "qwen2moe",
            Classes = ["Qwen2MoeForCausalLM"],
            ModelType = "qwen2_moe",
            Defaults = """
                {"vocab_size": 151936, "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 24, "num_attention_heads": 16,
                 "num_key_value_heads": 16, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_experts_per_tok": 4,
                 "num_experts": 60, "moe_intermediate_size": 1408, "shared_expert_intermediate_size": 5632, "use_sliding_window": false,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["shared"] = "shared_expert_intermediate_size" },
            Metadata = [.. Decoder.Settings, .. Lengths],
            Back = [.. Decoder.Config, .. Config, Back.Fixed("norm_topk_prob", false)],
            Computation = new Computation { Experts = new ExpertRule(Normalizes: false) },
            Warnings = static config => [.. Qwen2.Window(config), .. Decoder.WeightWarning(config, normalizes: false)],
            LayerTensors = [.. Decoder.Norms, .. Qwen2.Attention, .. Routed],
        };
}
