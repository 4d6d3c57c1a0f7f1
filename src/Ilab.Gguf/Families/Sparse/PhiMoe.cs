using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>Phi 3.5 MoE: layer norms, separate projections with biases, experts as in Mixtral, long texts as in Phi 3.</summary>
internal static class PhiMoe
{
    public static Family Family { get; } =
        Phi3.Family with
        {
            Architecture = "phimoe",
            Classes = ["PhiMoEForCausalLM", "PhimoeForCausalLM"],
            ModelType = "phimoe",
            Defaults = """
                {"vocab_size": 32064, "hidden_size": 4096, "intermediate_size": 6400, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "num_key_value_heads": 8, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 1000000.0,
                 "num_experts_per_tok": 2, "num_local_experts": 16, "attention_bias": false, "lm_head_bias": false, "tie_word_embeddings": false,
                 "hidden_act": "silu"}
                """,
            Metadata = [.. Phi3.Family.Metadata, Setting.Length("expert_used_count", "num_experts_per_tok"), Setting.Length("expert_count", "experts")],
            Back =
            [
                .. Phi3.Family.Back!,
                Back.Length("num_local_experts", "expert_count"),
                Back.Length("num_experts_per_tok", "expert_used_count"),
                Back.Of("attention_bias", static source => source.Has("blk.0.attn_q.bias")),
                Back.Of("lm_head_bias", static source => source.Has("output.bias")),
            ],
            Computation = null,
            Untrained = Untrained.Undescribed,
            Tensors =
            [
                Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"),
                .. Tensor.LayerNorm("model.norm", "output_norm"),
                .. Tensor.Linear("lm_head", "output", "vocab hidden"),
            ],
            LayerTensors =
            [
                .. Tensor.LayerNorm("input_layernorm", "attn_norm"),
                .. Tensor.LayerNorm("post_attention_layernorm", "ffn_norm"),
                .. Decoder.Attention,
                Tensor.Matrix("block_sparse_moe.gate", "ffn_gate_inp", "experts hidden"),
                Tensor.Matrix("block_sparse_moe.experts.{experts}.w1", "ffn_gate_exps", "ff hidden"),
                Tensor.Matrix("block_sparse_moe.experts.{experts}.w3", "ffn_up_exps", "ff hidden"),
                Tensor.Matrix("block_sparse_moe.experts.{experts}.w2", "ffn_down_exps", "hidden ff"),
                Tensor.Matrix("mlp.router", "ffn_gate_inp", "experts hidden").Optional(),
                .. Decoder.FusedExperts,
            ],
            Warnings = static config =>
                [
                    .. Decoder.WindowWarning(config),
                    "the original weighs its two experts by a rule of its own (sparsemixer), the engine by a softmax: answers differ",
                ],
        };
}
