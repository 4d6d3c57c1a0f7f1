using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;
using Ilab.Gguf.Families.Sparse;

namespace Ilab.Gguf.Families.Recurrent;

/// <summary>Qwen 3.5 with experts, and a shared one behind a gate of its own.</summary>
internal static class Qwen35Moe
{
    public static Family Family { get; } =
        Qwen35.Family with
        {
            Architecture = "qwen35moe",
            Classes = ["Qwen3_5MoeForCausalLM", "Qwen3_5MoeForConditionalGeneration"],
            ModelType = "qwen3_5_moe_text",
            Defaults = """
                {"vocab_size": 248320, "hidden_size": 2048, "num_hidden_layers": 40, "num_attention_heads": 16, "num_key_value_heads": 2,
                 "head_dim": 256, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128,
                 "linear_value_head_dim": 128, "linear_num_key_heads": 16, "linear_num_value_heads": 32, "full_attention_interval": 4,
                 "moe_intermediate_size": 512, "shared_expert_intermediate_size": 512, "num_experts_per_tok": 8, "num_experts": 256,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string>(Qwen35.Family.Measures) { ["shared"] = "shared_expert_intermediate_size" },
            Metadata = [.. Qwen35.Family.Metadata, .. Qwen2Moe.Lengths],
            Back = [.. Qwen35.Family.Back!, Back.Of("intermediate_size", static source => source.Whole("feed_forward_length")), .. Qwen2Moe.Config],
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm", "hidden", Qwen35.One),
                Tensor.Norm("post_attention_layernorm", "post_attention_norm", "hidden", Qwen35.One),
                .. Qwen2Moe.Routed,
                .. Qwen35.DeltaNet.When(static (config, layer) => !Qwen35.IsFull(config, layer)),
                .. Qwen35.Attention.When(Qwen35.IsFull),
            ],
        };
}
