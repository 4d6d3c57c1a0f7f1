using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Families.Dense;

/// <summary>The text part of Qwen 3 VL.</summary>
internal static class Qwen3Vl
{
    public static Family Family { get; } =
        Qwen3.Family with
        {
            Architecture = "qwen3vl",
            Classes = ["Qwen3VLForConditionalGeneration"],
            ModelType = "qwen3_vl",
            Defaults = """
                {"vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "num_key_value_heads": 32, "head_dim": 128, "max_position_embeddings": 128000, "rms_norm_eps": 1e-6, "rope_theta": 500000.0,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Of("n_deepstack_layers", static config => (uint)config.Find("vision_config").Find("deepstack_visual_indexes").Items().Count()),
            ],
            Ignored = Qwen2Vl.Vision,
            Renames = [("language_model.", "")],
            Warnings = static _ => [Qwen2Vl.TextOnly],
            Back = [.. Qwen3.Family.Back!, Back.Of("rope_scaling", Positions.ScalingOfAxes)],
            SavedAs = Qwen2Vl.Saved,
            Part = new TextPart("qwen3_vl_text", static source => Eyes(source, "qwen3_vl")),
        };

    /// <summary>The smallest eyes, which give something to as many layers as the model has layers for it.</summary>
    public static Dictionary<string, object?> Eyes(GgufSource source, string modelType)
    {
        var layers = (int)Math.Clamp(source.Whole("n_deepstack_layers") ?? 0, 0, source.Layers);
        return new Dictionary<string, object?>(Qwen2Vl.Eyes(source, modelType)) { ["deepstack_visual_indexes"] = Enumerable.Range(0, layers).ToArray() };
    }
}
