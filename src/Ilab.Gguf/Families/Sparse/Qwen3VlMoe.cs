using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>The text part of Qwen 3 VL with experts, which are transposed in one tensor.</summary>
internal static class Qwen3VlMoe
{
    public static Family Family { get; } =
        Qwen3Moe.Family with
        {
            Architecture = "qwen3vlmoe",
            Classes = ["Qwen3VLMoeForConditionalGeneration"],
            ModelType = "qwen3_vl_moe",
            Metadata = [.. Qwen3Vl.Family.Metadata, Setting.Whole("expert_feed_forward_length", "moe_intermediate_size")],
            Back = [.. Qwen3Moe.Family.Back!, Back.Of("rope_scaling", Positions.ScalingOfAxes)],
            SavedAs = Qwen2Vl.Saved,
            Part = new TextPart("qwen3_vl_moe_text", static source => Qwen3Vl.Eyes(source, "qwen3_vl_moe")),
            Computation = null,
            Untrained = Untrained.Undescribed,
            LayerTensors =
            [
                .. Decoder.Norms,
                .. Decoder.Attention,
                .. Decoder.HeadNorms,
                Tensor.Matrix("mlp.gate", "ffn_gate_inp", "experts hidden"),
                Tensor.Of("mlp.experts.gate_up_proj", "ffn_gate_exps.weight", "experts hidden 2*moe", new Transpose(), new Take("0", "moe", Axis: 1)),
                Tensor.Of("mlp.experts.gate_up_proj", "ffn_up_exps.weight", "experts hidden 2*moe", new Transpose(), new Take("moe", "moe", Axis: 1)),
                Tensor.Of("mlp.experts.down_proj", "ffn_down_exps.weight", "experts moe hidden", new Transpose()),
            ],
            Ignored = Qwen2Vl.Vision,
            Renames = [("language_model.", "")],
            Warnings = static config => [Qwen2Vl.TextOnly, .. Decoder.WeightWarning(config, normalizes: true)],
        };
}
