using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Variants;

/// <summary>InternLM 2 and 2.5: queries, keys and values of a group of heads lie together.</summary>
internal static class InternLm2
{
    private const string Fused = "q+2*k hidden";
    private static readonly Reshape Grouped = new("kv", "heads/kv+2", "head", "hidden");

    public static Family Family { get; } =
        new()
        {
            Architecture = "internlm2",
            Classes = ["InternLM2ForCausalLM"],
            ModelType = "internlm2",
            Defaults = """
                {"vocab_size": 103168, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["head"] = "hidden / heads" },
            Metadata = Decoder.Settings,
            Tensors =
            [
                Tensor.Matrix("model.tok_embeddings", "token_embd", "vocab hidden"),
                Tensor.Norm("model.norm", "output_norm"),
                Tensor.Matrix("output", "output", "vocab hidden"),
            ],
            Back = [.. Decoder.Config, Decoder.SharedHeads, Back.Fixed("bias", false), Back.Of("head_dim", static _ => null)],
            Untrained = Untrained.Undescribed,
            LayerTensors =
            [
                Tensor.Norm("attention_norm", "attn_norm"),
                Tensor.Norm("ffn_norm", "ffn_norm"),
                Tensor.Matrix("attention.wqkv", "attn_q", Fused, Grouped, new Take("0", "heads/kv", Axis: 1), new Reshape("q", "hidden"), Swap.Pairs("heads")),
                Tensor.Matrix("attention.wqkv", "attn_k", Fused, Grouped, new Take("heads/kv", "1", Axis: 1), new Reshape("k", "hidden"), Swap.Pairs("kv")),
                Tensor.Matrix("attention.wqkv", "attn_v", Fused, Grouped, new Take("heads/kv+1", "1", Axis: 1), new Reshape("k", "hidden")),
                Tensor.Matrix("attention.wo", "attn_output", "hidden q"),
                Tensor.Matrix("feed_forward.w1", "ffn_gate", "ff hidden"),
                Tensor.Matrix("feed_forward.w3", "ffn_up", "ff hidden"),
                Tensor.Matrix("feed_forward.w2", "ffn_down", "hidden ff"),
            ],
            Activations = ["silu"],
        };
}
