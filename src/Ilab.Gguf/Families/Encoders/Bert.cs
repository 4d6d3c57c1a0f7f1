using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Encoders;

/// <summary>BERT: for embeddings only. The pooler and heads for other tasks are left out.</summary>
internal static class Bert
{
    /// <summary>Segments, and pieces of words.</summary>
    public static VocabularyRules Words { get; } =
        new()
        {
            Kind = VocabularyKind.WordPieces,
            HasTokenTypes = true,
            PreTokenizers = ["jina-v2-en"],
        };

    public static Family Family { get; } =
        new()
        {
            Architecture = "bert",
            Classes = ["BertModel", "BertForMaskedLM"],
            ModelType = "bert",
            Defaults = """
                {"vocab_size": 30522, "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
                 "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "tie_word_embeddings": true,
                 "hidden_act": "gelu"}
                """,
            Metadata = [.. Encoder.Settings, Gelu.Setting(Activation.ExactGelu, "hidden_act")],
            Back =
            [
                .. Encoder.Config,
                Back.Number("layer_norm_eps", "attention.layer_norm_epsilon", 1e-12m),
                Back.Of("max_position_embeddings", static source => source.Rows("position_embd.weight")),
                Back.Of("type_vocab_size", static source => source.Rows("token_types.weight")),
                Back.Fixed("position_embedding_type", "absolute"),
                Gelu.Back("hidden_act", "gelu"),
            ],
            LayerPath = "encoder.layer.{l}.",
            Tensors =
            [
                Tensor.Matrix("embeddings.word_embeddings", "token_embd", "vocab hidden"),
                Tensor.Matrix("embeddings.position_embeddings", "position_embd", "max_position_embeddings hidden"),
                Tensor.Matrix("embeddings.token_type_embeddings", "token_types", "type_vocab_size hidden"),
                .. Tensor.LayerNorm("embeddings.LayerNorm", "token_embd_norm"),
            ],
            Computation = null,
            Untrained = Untrained.Encoder,
            LayerTensors =
            [
                .. Tensor.Biased("attention.self.query", "attn_q", "q hidden"),
                .. Tensor.Biased("attention.self.key", "attn_k", "k hidden"),
                .. Tensor.Biased("attention.self.value", "attn_v", "k hidden"),
                .. Tensor.Biased("attention.output.dense", "attn_output", "hidden q"),
                .. Tensor.LayerNorm("attention.output.LayerNorm", "attn_output_norm"),
                .. Tensor.Biased("intermediate.dense", "ffn_up", "ff hidden"),
                .. Tensor.Biased("output.dense", "ffn_down", "hidden ff"),
                .. Tensor.LayerNorm("output.LayerNorm", "layer_output_norm"),
            ],
            Ignored = ["embeddings.position_ids", "pooler.*", "cls.*"],
            Renames = [("bert.", ""), (".gamma", ".weight"), (".beta", ".bias")],
            Vocabulary = Words,
            Check = static config => Gelu.Check(config, "hidden_act"),
            IsEncoder = true,
            Fits = static file => IsOf(file, "bert") && HasSegments(file),
        };

    /// <summary>Whether the GGUF has a tokenizer of a kind: what shares the architecture differs in it.</summary>
    public static bool IsOf(GgufFile file, string tokenizer) => file.GetString("tokenizer.ggml.model") == tokenizer;

    /// <summary>Whether it tells segments apart.</summary>
    public static bool HasSegments(GgufFile file) => file.Tensors.Any(static tensor => tensor.Name == "token_types.weight");
}
