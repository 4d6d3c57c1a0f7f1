using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>Granite 3 with experts: gate and up of all experts in one tensor, a shared expert in some.</summary>
internal static class GraniteMoe
{
    public static IReadOnlyList<TensorRule> Experts { get; } =
    [
        Tensor.Matrix("block_sparse_moe.router.layer", "ffn_gate_inp", "experts hidden"),
        Tensor.Matrix("block_sparse_moe.input_linear", "ffn_gate_exps", "experts 2*ff hidden", new Take("0", "ff", Axis: 1)),
        Tensor.Matrix("block_sparse_moe.input_linear", "ffn_up_exps", "experts 2*ff hidden", new Take("ff", "ff", Axis: 1)),
        Tensor.Matrix("block_sparse_moe.output_linear", "ffn_down_exps", "experts hidden ff"),
    ];

    public static IReadOnlyList<TensorRule> Shared { get; } = SharedAs("_shexp");

    public static Family Family { get; } =
        Granite.Family with
        {
            Architecture = "granitemoe",
            Classes = ["GraniteMoeForCausalLM", "GraniteMoeSharedForCausalLM"],
            ModelType = "granitemoe",
            Defaults = """
                {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "embedding_multiplier": 1.0, "logits_scaling": 1.0,
                 "residual_multiplier": 1.0, "attention_multiplier": 1.0, "num_local_experts": 8, "num_experts_per_tok": 2,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata = [.. Granite.Settings, Setting.Whole("expert_shared_feed_forward_length", "shared_intermediate_size")],
            LayerTensors = [.. Decoder.Norms, .. Decoder.PairedAttention, .. Experts, .. Shared.When(HasShared)],
            Back =
            [
                .. Granite.Family.Back!,
                Back.Of("architectures", static source => (string[])[HasShared(source) ? "GraniteMoeSharedForCausalLM" : "GraniteMoeForCausalLM"]),
                Back.Of("model_type", static source => HasShared(source) ? "granitemoeshared" : "granitemoe"),
                Back.Length("num_local_experts", "expert_count"),
                Back.Length("num_experts_per_tok", "expert_used_count"),
                Back.Whole("shared_intermediate_size", "expert_shared_feed_forward_length"),
            ],
        };

    /// <summary>The feed-forward part that all tokens take.</summary>
    public static TensorRule[] SharedAs(string end) =>
        [
            Tensor.Matrix("shared_mlp.input_linear", $"ffn_gate{end}", "2*shared_intermediate_size hidden", new Take("0", "shared_intermediate_size")),
            Tensor.Matrix(
                "shared_mlp.input_linear",
                $"ffn_up{end}",
                "2*shared_intermediate_size hidden",
                new Take("shared_intermediate_size", "shared_intermediate_size")
            ),
            Tensor.Matrix("shared_mlp.output_linear", $"ffn_down{end}", "hidden shared_intermediate_size"),
        ];

    private static bool HasShared(GgufSource source) => source.Whole("expert_shared_feed_forward_length") > 0;

    public static bool HasShared(ModelConfig config, int layer) => config.Whole("shared_intermediate_size") > 0;
}
