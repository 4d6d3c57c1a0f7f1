using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Variants;

/// <summary>Baichuan 1 and 2 of 7B: Llama with queries, keys and values in one matrix. The 13B has no positions that turn.</summary>
internal static class Baichuan
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Architecture = "baichuan",
            Classes = ["BaichuanForCausalLM", "BaiChuanForCausalLM"],
            ModelType = "baichuan",
            Defaults = """
                {"vocab_size": 125696, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 4096, "model_max_length": 4096, "rms_norm_eps": 1e-6, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["head"] = "hidden / heads" },
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Fixed("tensor_data_layout", "Meta AI original pth"),
                Setting.Length("rope.dimension_count", "hidden / heads"),
            ],
            Back = [.. Decoder.Config, Back.Of("head_dim", static _ => null), Back.Of("num_key_value_heads", static _ => null)],
            Computation = null,
            Untrained = Untrained.Undescribed,
            LayerTensors =
            [
                .. Decoder.Norms,
                Tensor.Matrix("self_attn.W_pack", "attn_q", "3*hidden hidden", new Take("0", "hidden"), Swap.Pairs("heads")),
                Tensor.Matrix("self_attn.W_pack", "attn_k", "3*hidden hidden", new Take("hidden", "hidden"), Swap.Pairs("heads")),
                Tensor.Matrix("self_attn.W_pack", "attn_v", "3*hidden hidden", new Take("2*hidden", "hidden")),
                Tensor.Matrix("self_attn.o_proj", "attn_output", "hidden hidden"),
                .. Decoder.GatedFeedForward,
            ],
            Computed = [],
            Vocabulary = new VocabularyRules(),
            Warnings = null,
        };
}
