using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>Orion 14B: the form of Llama with layer norms, whose epsilon the config calls that of the other kind.</summary>
internal static class Orion
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "orion",
            Classes = ["OrionForCausalLM"],
            ModelType = "orion",
            Defaults = """
                {"vocab_size": 84608, "hidden_size": 4096, "intermediate_size": 15360, "num_hidden_layers": 40, "num_attention_heads": 40,
                 "num_key_value_heads": 40, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["head"] = "hidden / heads" },
            Metadata =
            [
                Setting.Fixed("tensor_data_layout", "Meta AI original pth"),
                Setting.Length("context_length", "max_sequence_length | max_position_embeddings | model_max_length"),
                Setting.Length("embedding_length", "hidden"),
                Setting.Length("block_count", "layers"),
                Setting.Length("feed_forward_length", "ff"),
                Setting.Length("attention.head_count", "heads"),
                Setting.Length("attention.head_count_kv", "kv"),
                Setting.Number("attention.layer_norm_epsilon", "rms_norm_eps"),
            ],
            Tensors =
            [
                Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"),
                .. Tensor.LayerNorm("model.norm", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Back = [.. Decoder.Config, Back.Of("head_dim", static _ => null), Back.Number("rms_norm_eps", "attention.layer_norm_epsilon", 1e-5m)],
            Computation = new Computation { Norm = NormKind.Layer },
            LayerTensors =
            [
                .. Tensor.LayerNorm("input_layernorm", "attn_norm"),
                .. Tensor.LayerNorm("post_attention_layernorm", "ffn_norm"),
                .. Decoder.Attention,
                .. Decoder.GatedFeedForward,
            ],
            Activations = ["silu"],
        };
}
