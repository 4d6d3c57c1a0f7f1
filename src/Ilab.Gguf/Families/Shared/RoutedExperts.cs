using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Shared;

/// <summary>Experts in the manner of DeepSeek V3: corrections of the choice, experts that all tokens take, and first layers without any.</summary>
internal static class RoutedExperts
{
    /// <summary>Sizes that the rules below name.</summary>
    public static IReadOnlyDictionary<string, string> Measures { get; } =
        new Dictionary<string, string> { ["experts"] = "n_routed_experts", ["shared"] = "moe_intermediate_size * n_shared_experts" };

    public static IReadOnlyList<MetadataRule> Metadata { get; } =
    [
        Setting.Whole("expert_feed_forward_length", "moe_intermediate_size"),
        Setting.Whole("leading_dense_block_count", "first_k_dense_replace"),
        Setting.Whole("expert_shared_count", "n_shared_experts"),
        Setting.Number("expert_weights_scale", "routed_scaling_factor"),
        Setting.Flag("expert_weights_norm", "norm_topk_prob"),
    ];

    /// <summary>What configs say of them, from the settings of a GGUF.</summary>
    public static IReadOnlyList<ConfigRule> Config { get; } =
    [
        Back.Length("moe_intermediate_size", "expert_feed_forward_length"),
        Back.Length("n_routed_experts", "expert_count"),
        Back.Length("num_experts_per_tok", "expert_used_count"),
        Back.Whole("n_shared_experts", "expert_shared_count"),
        Back.Whole("first_k_dense_replace", "leading_dense_block_count"),
        Back.Whole("n_group", "expert_group_count"),
        Back.Whole("topk_group", "expert_group_used_count"),
        Back.Number("routed_scaling_factor", "expert_weights_scale", 1),
        Back.Of("norm_topk_prob", static source => source.Flag("expert_weights_norm") ?? true),
    ];

    /// <summary>The feed-forward part of a layer: dense in the first ones, experts in the others.</summary>
    public static IEnumerable<TensorRule> FeedForward { get; } =
    [.. Decoder.GatedFeedForward.When(static (config, layer) => !IsRouted(config, layer)), .. Experts.When(IsRouted)];

    private static IEnumerable<TensorRule> Experts =>
        [
            .. Decoder.Experts,
            .. Decoder.FusedExperts,
            Tensor.Of("mlp.gate.e_score_correction_bias", "exp_probs_b.bias", "experts").Optional(),
            Tensor.Matrix("mlp.shared_experts.gate_proj", "ffn_gate_shexp", "shared hidden"),
            Tensor.Matrix("mlp.shared_experts.up_proj", "ffn_up_shexp", "shared hidden"),
            Tensor.Matrix("mlp.shared_experts.down_proj", "ffn_down_shexp", "hidden shared"),
        ];

    private static bool IsRouted(ModelConfig config, int layer) => layer >= (config.Whole("first_k_dense_replace") ?? 0);
}
