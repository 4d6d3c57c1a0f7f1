using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>GLM 4 of 2025: as GLM, with norms after attention and feed-forward.</summary>
internal static class Glm4
{
    public static Family Family { get; } =
        Glm.Family with
        {
            Architecture = "glm4",
            Classes = ["Glm4ForCausalLM"],
            ModelType = "glm4",
            Metadata =
            [
                .. Decoder.Settings,
                new MetadataRule("rope.dimension_count", static (config, measures) => (uint)(measures.Of("head") * (config.Rope.PartialFactor ?? 0.5))),
            ],
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm"),
                Tensor.Norm("post_self_attn_layernorm", "post_attention_norm"),
                Tensor.Norm("post_attention_layernorm", "ffn_norm"),
                Tensor.Norm("post_mlp_layernorm", "post_ffw_norm"),
                .. Decoder.Attention,
                Tensor.Matrix("mlp.gate_up_proj", "ffn_up", "2*ff hidden"),
                Tensor.Matrix("mlp.down_proj", "ffn_down", "hidden ff"),
            ],
            Vocabulary = Glm.Words with { Roles = [.. Glm.Words.Roles, ("bos", "<|endoftext|>")] },
        };
}
