using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Encoders;

/// <summary>DistilBERT: BERT without segments, under names of its own.</summary>
internal static class DistilBert
{
    public static Family Family { get; } =
        Bert.Family with
        {
            Classes = ["DistilBertModel", "DistilBertForMaskedLM"],
            ModelType = "distilbert",
            Defaults = """
                {"vocab_size": 30522, "dim": 768, "hidden_dim": 3072, "n_layers": 6, "n_heads": 12, "max_position_embeddings": 512,
                 "activation": "gelu"}
                """,
            Measures = new Dictionary<string, string>
            {
                ["hidden"] = "dim",
                ["ff"] = "hidden_dim",
                ["layers"] = "n_layers",
                ["heads"] = "n_heads",
            },
            Metadata = [.. Encoder.Settings, Setting.Fixed("attention.layer_norm_epsilon", 1e-12f), Gelu.Setting(Activation.ExactGelu, "activation")],
            Back =
            [
                Back.Length("dim", "embedding_length"),
                Back.Length("hidden_dim", "feed_forward_length"),
                Back.Length("n_layers", "block_count"),
                Back.Length("n_heads", "attention.head_count"),
                Back.Of("vocab_size", static source => source.Vocabulary),
                Back.Of("max_position_embeddings", static source => source.Rows("position_embd.weight")),
                Back.Fixed("tie_word_embeddings", true),
                Gelu.Back("activation", "gelu"),
            ],
            LayerPath = "transformer.layer.{l}.",
            Tensors = [.. Bert.Family.Tensors.Where(static rule => rule.Target != "token_types.weight")],
            LayerTensors =
            [
                .. Tensor.Biased("attention.q_lin", "attn_q", "q hidden"),
                .. Tensor.Biased("attention.k_lin", "attn_k", "k hidden"),
                .. Tensor.Biased("attention.v_lin", "attn_v", "k hidden"),
                .. Tensor.Biased("attention.out_lin", "attn_output", "hidden q"),
                .. Tensor.LayerNorm("sa_layer_norm", "attn_output_norm"),
                .. Tensor.Biased("ffn.lin1", "ffn_up", "ff hidden"),
                .. Tensor.Biased("ffn.lin2", "ffn_down", "hidden ff"),
                .. Tensor.LayerNorm("output_layer_norm", "layer_output_norm"),
            ],
            Ignored = ["embeddings.position_ids", "vocab_*"],
            Renames = [("distilbert.", "")],
            Check = static config => Gelu.Check(config, "activation"),
            Fits = static file => Bert.IsOf(file, "bert") && !Bert.HasSegments(file),
        };
}
