using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;
using Ilab.Gguf.Families.Sparse;

namespace Ilab.Gguf.Families.Recurrent;

/// <summary>Qwen3-Next: as Qwen 3.5 with experts, but for the projections of the delta net, in which the parts of a key head lie together.</summary>
internal static class Qwen3Next
{
    private static readonly Gather ByKind = new(
        "linear_num_key_heads",
        "linear_key_head_dim",
        "linear_key_head_dim",
        "group*linear_value_head_dim",
        "group*linear_value_head_dim"
    );

    public static Family Family { get; } =
        Qwen35Moe.Family with
        {
            Architecture = "qwen3next",
            Classes = ["Qwen3NextForCausalLM"],
            ModelType = "qwen3_next",
            Defaults = """
                {"vocab_size": 151936, "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 48, "num_attention_heads": 16,
                 "num_key_value_heads": 2, "head_dim": 256, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
                 "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128, "linear_value_head_dim": 128, "linear_num_key_heads": 16,
                 "linear_num_value_heads": 32, "full_attention_interval": 4, "moe_intermediate_size": 512, "shared_expert_intermediate_size": 512,
                 "num_experts_per_tok": 10, "num_experts": 512, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata = [.. Qwen35Moe.Family.Metadata, Setting.Of("rope.dimension_sections", static _ => null)],
            Back =
            [
                .. Qwen35Moe.Family.Back!,
                Back.Number("rope_theta", "rope.freq_base", 10_000),
                Back.PartOfHead("partial_rotary_factor", "rope.dimension_count"),
                Back.Of("rope_parameters", static _ => null),
                Back.Fixed("norm_topk_prob", true),
            ],
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm", "hidden", Qwen35.One),
                Tensor.Norm("post_attention_layernorm", "post_attention_norm", "hidden", Qwen35.One),
                .. Qwen2Moe.Routed,
                .. DeltaNet.When(static (config, layer) => !Qwen35.IsFull(config, layer)),
                .. Qwen35.Attention.When(Qwen35.IsFull),
            ],
            Ignored = ["mtp.*", "model.mtp.*"],
            Vocabulary = new VocabularyRules { PreTokenizers = ["qwen2"] },
        };

    private static IEnumerable<TensorRule> DeltaNet =>
        [
            Tensor.Of("linear_attn.A_log", "ssm_a", "linear_num_value_heads", new NegativeExponential()),
            Tensor.Of("linear_attn.dt_bias", "ssm_dt.bias", "linear_num_value_heads"),
            Tensor.Matrix("linear_attn.conv1d", "ssm_conv1d", "2*keys+values 1 kernel", new Reshape("2*keys+values", "kernel")),
            Tensor.Matrix("linear_attn.in_proj_qkvz", "attn_qkv", "2*keys+2*values hidden", ByKind, new Take("0", "2*keys+values")),
            Tensor.Matrix("linear_attn.in_proj_qkvz", "attn_gate", "2*keys+2*values hidden", ByKind, new Take("2*keys+values", "values")),
            Tensor.Matrix("linear_attn.in_proj_ba", "ssm_ba", "2*linear_num_value_heads hidden"),
            Tensor.Norm("linear_attn.norm", "ssm_norm", "valuehead"),
            Tensor.Matrix("linear_attn.out_proj", "ssm_out", "hidden values"),
        ];
}
