using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>StarCoder 2: layer norms, biases everywhere, a plain feed-forward part.</summary>
internal static class Starcoder2
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "starcoder2",
            Classes = ["Starcoder2ForCausalLM"],
            ModelType = "starcoder2",
            Defaults = """
                {"vocab_size": 49152, "hidden_size": 3072, "intermediate_size": 12288, "num_hidden_layers": 30, "num_attention_heads": 24,
                 "num_key_value_heads": 2, "max_position_embeddings": 4096, "norm_epsilon": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true,
                 "hidden_act": "gelu_pytorch_tanh"}
                """,
            Metadata = [.. Decoder.Settings, Gelu.Setting(Activation.Gelu, "hidden_act")],
            Tensors =
            [
                Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"),
                .. Tensor.LayerNorm("model.norm", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Back =
            [
                .. Decoder.Config,
                Back.Of("rms_norm_eps", static _ => null),
                Back.Of("head_dim", static _ => null),
                Back.Number("norm_epsilon", "attention.layer_norm_epsilon", 1e-5m),
                Gelu.Back("hidden_act", "gelu_pytorch_tanh"),
                Back.Of("use_bias", static source => source.Has("blk.0.attn_q.bias")),
            ],
            Computation = new Computation { Norm = NormKind.Layer, Activation = Activation.Gelu },
            LayerTensors =
            [
                .. Tensor.LayerNorm("input_layernorm", "attn_norm"),
                .. Tensor.LayerNorm("post_attention_layernorm", "ffn_norm"),
                .. Decoder.Attention,
                .. Tensor.Linear("mlp.c_fc", "ffn_up", "ff hidden"),
                .. Tensor.Linear("mlp.c_proj", "ffn_down", "hidden ff"),
            ],
            Vocabulary = new VocabularyRules { PreTokenizers = ["starcoder"] },
            Warnings = Decoder.WindowWarning,
            Check = static config => Gelu.Check(config, "hidden_act"),
        };
}
