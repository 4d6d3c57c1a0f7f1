using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Encoders;

/// <summary>Nomic Embed 1 and 1.5: BERT with rotary positions and a gated feed-forward part.</summary>
internal static class NomicBert
{
    /// <summary>What models of the form may have, and these have not.</summary>
    private static readonly string[] Flags = ["prenorm", "qkv_proj_bias", "mlp_fc1_bias", "mlp_fc2_bias", "rotary_emb_interleaved"];

    /// <summary>Lengths under the names that the makers' own class has.</summary>
    private static readonly (string Key, string From)[] Older =
    [
        ("n_embd", "embedding_length"),
        ("n_inner", "feed_forward_length"),
        ("n_layer", "block_count"),
        ("n_head", "attention.head_count"),
        ("n_positions", "context_length"),
    ];

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
            Back =
            [
                .. Encoder.Config,
                .. Older.Select(static pair => Back.Length(pair.Key, pair.From)),
                Back.Of("max_trained_positions", static source => source.Whole("context_length") ?? 2048),
                Back.Of("head_dim", static source => source.Whole("attention.key_length")),
                Back.Number("layer_norm_eps", "attention.layer_norm_epsilon", 1e-12m),
                Back.Number("layer_norm_epsilon", "attention.layer_norm_epsilon", 1e-12m),
                Back.Number("rope_theta", "rope.freq_base", 1000),
                Back.Number("rotary_emb_base", "rope.freq_base", 1000),
                Back.Fixed("rotary_emb_fraction", 1m),
                Back.Of("type_vocab_size", static source => source.Rows("token_types.weight")),
                Back.Fixed("hidden_act", "silu"),
                Back.Fixed("activation_function", "swiglu"),
                .. Flags.Select(static key => Back.Fixed(key, false)),
            ],
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

        foreach (var key in Flags.Where(key => config.Flag(key) == true))
        {
            yield return $"{key} is true, which the graph of this family does not do";
        }
    }
}
