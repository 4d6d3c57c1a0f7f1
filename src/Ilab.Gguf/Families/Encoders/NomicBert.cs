using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Encoders;

/// <summary>Nomic Embed 1 and 1.5: BERT with rotary positions and a gated feed-forward part.</summary>
internal static class NomicBert
{
    public static Family Family { get; } =
        Bert.Family with
        {
            Architecture = "nomic-bert",
            Classes = ["NomicBertModel"],
            ModelType = "nomic_bert",
            Defaults = """
                {"vocab_size": 30528, "type_vocab_size": 2, "max_trained_positions": 2048, "layer_norm_epsilon": 1e-12, "rotary_emb_base": 1000}
                """,
            Measures = new Dictionary<string, string> { ["hidden"] = "n_embd | hidden_size", ["ff"] = "n_inner | intermediate_size" },
            Metadata = [.. Encoder.Settings, Setting.Of("context_length", Context)],
            LayerPath = "encoder.layers.{l}.",
            Tensors =
            [
                Tensor.Matrix("embeddings.word_embeddings", "token_embd", "vocab hidden"),
                Tensor.Matrix("embeddings.token_type_embeddings", "token_types", "type_vocab_size hidden"),
                .. Tensor.LayerNorm("emb_ln", "token_embd_norm"),
            ],
            Computation = null,
            Untrained = Untrained.Encoder,
            LayerTensors =
            [
                Tensor.Matrix("attn.Wqkv", "attn_qkv", "3*hidden hidden"),
                Tensor.Matrix("attn.out_proj", "attn_output", "hidden hidden"),
                Tensor.Matrix("mlp.fc11", "ffn_up", "ff hidden"),
                Tensor.Matrix("mlp.fc12", "ffn_gate", "ff hidden"),
                Tensor.Matrix("mlp.fc2", "ffn_down", "hidden ff"),
                .. Tensor.LayerNorm("norm1", "attn_output_norm"),
                .. Tensor.LayerNorm("norm2", "layer_output_norm"),
            ],
            Check = static config => [.. Unknown(config)],
        };

    // The config promises more positions than the model was trained with.
    private static object? Context(ModelConfig config) =>
        (uint)
            Math.Clamp(
                Math.Min(config.Whole("n_positions", "max_position_embeddings") ?? 2048, config.Whole("max_trained_positions") ?? 2048),
                0,
                uint.MaxValue
            );

    private static IEnumerable<string> Unknown(ModelConfig config)
    {
        if (config.Text("activation_function") is { } activation and not "swiglu")
        {
            yield return $"the activation {activation} (activation_function) is not the swiglu of this family";
        }

        string[] flags = ["prenorm", "qkv_proj_bias", "mlp_fc1_bias", "mlp_fc2_bias", "rotary_emb_interleaved"];
        foreach (var key in flags.Where(key => config.Flag(key) == true))
        {
            yield return $"{key} is true, which the graph of this family does not do";
        }
    }
}
