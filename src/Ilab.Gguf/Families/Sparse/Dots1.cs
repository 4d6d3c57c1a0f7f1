using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>dots.llm1: the attention of Qwen 3, the experts of DeepSeek V3.</summary>
internal static class Dots1
{
    public static Family Family { get; } =
        Qwen3.Family with
        {
            Architecture = "dots1",
            Classes = ["Dots1ForCausalLM"],
            ModelType = "dots1",
            Defaults = """
                {"vocab_size": 152064, "hidden_size": 4608, "intermediate_size": 10944, "num_hidden_layers": 62, "num_attention_heads": 32,
                 "num_key_value_heads": 32, "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "moe_intermediate_size": 1408,
                 "n_routed_experts": 128, "n_shared_experts": 2, "num_experts_per_tok": 6, "first_k_dense_replace": 1, "routed_scaling_factor": 1.0,
                 "norm_topk_prob": true, "n_group": 1, "topk_group": 1, "scoring_func": "sigmoid", "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = RoutedExperts.Measures,
            Metadata = [.. Decoder.Settings, .. RoutedExperts.Metadata],
            Back = [.. Qwen3.Family.Back!, .. RoutedExperts.Config, Back.Fixed("scoring_func", "sigmoid"), Back.Fixed("topk_method", "noaux_tc")],
            Computation = null,
            Untrained = Untrained.Undescribed,
            LayerTensors = [.. Decoder.Norms, .. Decoder.Attention, .. Decoder.HeadNorms, .. RoutedExperts.FeedForward],
            Warnings = Qwen2.Window,
            Check = static config =>
                config.Whole("num_key_value_heads") is { } shared && shared != config.Whole("num_attention_heads")
                    ? ["keys that heads share (num_key_value_heads) are not of this family's graph"]
                    : [],
        };
}
