using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Arcee's AFM: Llama with a plain feed-forward part of squared relu.</summary>
internal static class Arcee
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Architecture = "arcee",
            Classes = ["ArceeForCausalLM"],
            ModelType = "arcee",
            Defaults = """
                {"vocab_size": 32000, "hidden_size": 2560, "intermediate_size": 18432, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": false, "hidden_act": "relu2"}
                """,
            Back = [.. Llama.Family.Back!, Back.Fixed("hidden_act", "relu2")],
            Computation = Llama.Family.Computation! with { Activation = Activation.SquaredRelu },
            LayerTensors =
            [
                .. Decoder.Norms,
                .. Decoder.PairedAttention,
                .. Tensor.Linear("mlp.up_proj", "ffn_up", "ff hidden"),
                .. Tensor.Linear("mlp.down_proj", "ffn_down", "hidden ff"),
            ],
            Activations = ["relu2"],
        };
}
