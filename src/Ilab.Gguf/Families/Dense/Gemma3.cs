using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Gemma 3: five layers with a sliding window and a rotary base of their own, then one without.</summary>
internal static class Gemma3
{
    private const int LargestLayers = 62;

    public static Family Family { get; } =
        Gemma2.Family with
        {
            Architecture = "gemma3",
            Classes = ["Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"],
            ModelType = "gemma3_text",
            Defaults = """
                {"vocab_size": 262208, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26, "num_attention_heads": 8,
                 "num_key_value_heads": 4, "head_dim": 256, "max_position_embeddings": 131072, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0,
                 "rope_local_base_freq": 10000.0, "sliding_window": 4096, "tie_word_embeddings": true}
                """,
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Number("final_logit_softcapping", "final_logit_softcapping"),
                Setting.Whole("attention.sliding_window", "sliding_window"),
            ],
            Back =
            [
                .. Gemma.Family.Back!,
                Back.Number("final_logit_softcapping", "final_logit_softcapping"),
                Back.Whole("sliding_window", "attention.sliding_window"),
                Decoder.KindsOfLayers(6),
                Back.Of("query_pre_attn_scalar", static source => Gemma2.ScalarOf(source, LargestLayers)),
                Back.Number("rope_local_base_freq", "rope.freq_base_swa", 10_000),
            ],
            Computation = Gemma.Family.Computation! with
            {
                Windows = new WindowRule(6) { Base = 10_000 },
                AttentionScale = static lengths => Gemma2.ScaleOf(lengths, isLargest: lengths.Layers == LargestLayers),
            },
            LayerTensors =
            [
                .. Gemma2.Norms,
                .. Decoder.Attention,
                Tensor.Norm("self_attn.q_norm", "attn_q_norm", "head", Gemma.One),
                Tensor.Norm("self_attn.k_norm", "attn_k_norm", "head", Gemma.One),
                .. Decoder.GatedFeedForward,
            ],
            Ignored = ["lm_head.weight", "vision_tower.*", "multi_modal_projector.*", "model.vision_tower.*", "model.multi_modal_projector.*"],
            Renames = [("language_model.", "")],
            Check = static config =>
                config.Number("attn_logit_softcapping") is { } cap and not 0 ? [$"attn_logit_softcapping {cap} is not of this family"] : [],
        };
}
