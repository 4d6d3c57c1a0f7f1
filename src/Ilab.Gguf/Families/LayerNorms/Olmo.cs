using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>OLMo 1: layer norms without weights, clipped projections.</summary>
internal static class Olmo
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "olmo",
            Classes = ["OlmoForCausalLM", "OLMoForCausalLM"],
            ModelType = "olmo",
            Defaults = """
                {"vocab_size": 50304, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rope_theta": 10000.0, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Length("attention.head_count_kv", "kv"),
                Setting.Fixed("attention.layer_norm_epsilon", 1e-5f),
                Setting.Number("attention.clamp_kqv", "clip_qkv"),
            ],
            Tensors = [Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"), Tensor.Matrix("lm_head", "output", "vocab hidden")],
            Back =
            [
                .. Decoder.Config,
                Back.Of("rms_norm_eps", static _ => null),
                Back.Of("head_dim", static _ => null),
                Back.Number("clip_qkv", "attention.clamp_kqv"),
            ],
            Computation = new Computation
            {
                Norm = NormKind.Layer,
                NormsAreBare = true,
                Turning = Turning.Neighbours,
                Clamp = "attention.clamp_kqv",
            },
            LayerTensors = [.. Decoder.PairedAttention, .. Decoder.GatedFeedForward],
            Vocabulary = new VocabularyRules { PreTokenizers = ["olmo"] },
            Activations = ["silu"],
        };
}
