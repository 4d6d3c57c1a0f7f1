using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>GLM 4.5 and 4.6: halves turn, experts scored each by itself with corrections, a shared one, the first layers dense.</summary>
internal static class Glm4Moe
{
    private const uint Sigmoid = 2;

    public static Family Family { get; } =
        new()
        {
            Architecture = "glm4moe",
            Classes = ["Glm4MoeForCausalLM"],
            ModelType = "glm4_moe",
            Defaults = """
                {"vocab_size": 151552, "hidden_size": 4096, "intermediate_size": 10944, "num_hidden_layers": 46, "num_attention_heads": 96,
                 "num_key_value_heads": 8, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "partial_rotary_factor": 0.5,
                 "moe_intermediate_size": 1408, "num_experts_per_tok": 8, "n_shared_experts": 1, "n_routed_experts": 128,
                 "routed_scaling_factor": 1.0, "n_group": 1, "topk_group": 1, "first_k_dense_replace": 1, "norm_topk_prob": true,
                 "attention_bias": false, "use_qk_norm": false, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = RoutedExperts.Measures,
            Metadata =
            [
                .. Decoder.Settings,
                new MetadataRule("rope.dimension_count", static (config, measures) => (uint)(measures.Of("head") * (config.Rope.PartialFactor ?? 0.5))),
                .. RoutedExperts.Metadata,
                Setting.Fixed("expert_gating_func", Sigmoid),
            ],
            Tensors = Decoder.Embeddings,
            Back =
            [
                .. Decoder.Config,
                Back.PartOfHead("partial_rotary_factor", "rope.dimension_count"),
                Back.Has("attention_bias", "attn_q.bias"),
                Back.Of("use_qk_norm", static source => source.Has("blk.0.attn_q_norm.weight")),
                .. RoutedExperts.Config,
                Back.Fixed("num_nextn_predict_layers", 0),
            ],
            Computation = new Computation
            {
                FeedForwardNorm = "post_attention_norm",
                Experts = new ExpertRule(Normalizes: false) { IsSigmoid = true },
            },
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm"),
                Tensor.Norm("post_attention_layernorm", "post_attention_norm"),
                .. Decoder.Attention,
                .. Decoder.HeadNorms.When(static (config, _) => config.Flag("use_qk_norm") == true),
                .. RoutedExperts.FeedForward,
            ],
            Vocabulary = new VocabularyRules
            {
                PreTokenizers = ["glm4"],
                Roles = [("bos", "[gMASK]"), ("eot", "<|user|>"), ("unk", "<|endoftext|>"), ("eom", "<|observation|>")],
            },
            Activations = ["silu"],
        };
}
