using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>OLMoE: experts, and norms over whole projections.</summary>
internal static class Olmoe
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "olmoe",
            Classes = ["OlmoeForCausalLM"],
            ModelType = "olmoe",
            Defaults = """
                {"vocab_size": 50304, "hidden_size": 2048, "intermediate_size": 2048, "num_hidden_layers": 16, "num_attention_heads": 16,
                 "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "num_experts_per_tok": 8, "num_experts": 64,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata = [.. Decoder.Settings, Setting.Length("attention.head_count_kv", "kv"), Setting.Fixed("attention.layer_norm_rms_epsilon", 1e-5f)],
            Tensors = Decoder.Embeddings,
            Back =
            [
                .. Decoder.Config,
                Back.Of("head_dim", static _ => null),
                Back.Length("num_experts", "expert_count"),
                Back.Length("num_experts_per_tok", "expert_used_count"),
                Back.Fixed("norm_topk_prob", false),
            ],
            Computation = new Computation { Experts = new ExpertRule(Normalizes: false) },
            LayerTensors =
            [
                .. Decoder.Norms,
                .. Decoder.Attention,
                Tensor.Norm("self_attn.q_norm", "attn_q_norm", "q"),
                Tensor.Norm("self_attn.k_norm", "attn_k_norm", "k"),
                .. Decoder.Experts,
                .. Decoder.FusedExperts,
            ],
            Vocabulary = new VocabularyRules { PreTokenizers = ["olmo"] },
            Activations = ["silu"],
            Warnings = static config =>
                [
                    .. Decoder.WeightWarning(config, normalizes: false),
                    .. config.Number("clip_qkv") is { } clip
                        ? (string[])[$"queries, keys and values are clipped at {clip} in the original (clip_qkv), not in the engine"]
                        : [],
                ],
        };
}
