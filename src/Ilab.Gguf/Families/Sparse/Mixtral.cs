using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>Mixtral: Llama with experts. w1 is the gate, w3 goes up, w2 goes down.</summary>
internal static class Mixtral
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Classes = ["MixtralForCausalLM"],
            ModelType = "mixtral",
            Defaults = """
                {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "num_key_value_heads": 8, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 1000000.0,
                 "num_experts_per_tok": 2, "num_local_experts": 8, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata = Llama.Settings,
            Back = [.. Decoder.Config, Back.Length("num_local_experts", "expert_count"), Back.Length("num_experts_per_tok", "expert_used_count")],
            LayerTensors =
            [
                .. Decoder.Norms,
                .. Decoder.PairedAttention,
                Tensor.Matrix("block_sparse_moe.gate", "ffn_gate_inp", "experts hidden"),
                Tensor.Matrix("block_sparse_moe.experts.{experts}.w1", "ffn_gate_exps", "ff hidden"),
                Tensor.Matrix("block_sparse_moe.experts.{experts}.w3", "ffn_up_exps", "ff hidden"),
                Tensor.Matrix("block_sparse_moe.experts.{experts}.w2", "ffn_down_exps", "hidden ff"),
                .. Newer,
            ],
            Warnings = Decoder.WindowWarning,
        };

    // transformers 5 names the block mlp and keeps the experts in one tensor.
    private static IEnumerable<TensorRule> Newer => [Tensor.Matrix("mlp.gate", "ffn_gate_inp", "experts hidden").Optional(), .. Decoder.FusedExperts];
}
