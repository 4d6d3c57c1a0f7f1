using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Encoders;

/// <summary>ModernBERT: rotary positions with two bases, every third layer without a window.</summary>
internal static class ModernBert
{
    private static readonly string[] Flags = ["attention_bias", "mlp_bias", "norm_bias"];

    public static Family Family { get; } =
        new()
        {
            Architecture = "modern-bert",
            Classes = ["ModernBertModel", "ModernBertForMaskedLM"],
            ModelType = "modernbert",
            Defaults = """
                {"vocab_size": 50368, "hidden_size": 768, "intermediate_size": 1152, "num_hidden_layers": 22, "num_attention_heads": 12,
                 "max_position_embeddings": 8192, "norm_eps": 1e-5, "global_rope_theta": 160000.0, "local_rope_theta": 10000.0,
                 "local_attention": 128, "global_attn_every_n_layers": 3, "hidden_activation": "gelu", "classifier_pooling": "cls",
                 "tie_word_embeddings": true}
                """,
            Metadata =
            [
                .. Encoder.Settings,
                Setting.Number("attention.layer_norm_epsilon", "layer_norm_eps", "norm_eps"),
                Encoder.Pooling,
                Setting.Length("attention.sliding_window", "local_attention"),
                Setting.Whole("attention.sliding_window_pattern", "global_attn_every_n_layers"),
                Setting.Fixed("rope.scaling.type", "none"),
                Setting.Length("vocab_size", "vocab"),
                Setting.Of("hidden_activation", static config => config.Text("hidden_activation")),
            ],
            Back =
            [
                .. Encoder.Config,
                Back.Number("norm_eps", "attention.layer_norm_epsilon", 1e-5m),
                Back.Number("layer_norm_eps", "attention.layer_norm_epsilon", 1e-5m),
                Back.Number("global_rope_theta", "rope.freq_base", 160_000),
                Back.Number("local_rope_theta", "rope.freq_base_swa", 10_000),
                Back.Of("rope_parameters", Rope),
                Back.Length("local_attention", "attention.sliding_window"),
                Back.Whole("global_attn_every_n_layers", "attention.sliding_window_pattern"),
                Back.Of("hidden_activation", static source => source.Text("hidden_activation") ?? "gelu"),
                Encoder.PoolingConfig,
                .. Flags.Select(static key => Back.Fixed(key, false)),
            ],
            LayerPath = "layers.{l}.",
            Tensors =
            [
                Tensor.Matrix("embeddings.tok_embeddings", "token_embd", "vocab hidden"),
                Tensor.Norm("embeddings.norm", "token_embd_norm"),
                Tensor.Norm("final_norm", "output_norm"),
            ],
            Computation = null,
            Untrained = Untrained.Encoder,
            LayerTensors =
            [
                Tensor.Norm("attn_norm", "attn_norm").When(static (_, layer) => layer > 0),
                Tensor.Matrix("attn.Wqkv", "attn_qkv", "3*hidden hidden"),
                Tensor.Matrix("attn.Wo", "attn_output", "hidden hidden"),
                Tensor.Norm("mlp_norm", "ffn_norm"),
                Tensor.Matrix("mlp.Wi", "ffn_up", "2*ff hidden"),
                Tensor.Matrix("mlp.Wo", "ffn_down", "hidden ff"),
            ],
            Ignored = ["head.*", "decoder.*", "classifier.*"],
            Renames = [("model.", "")],
            Vocabulary = new VocabularyRules { PreTokenizers = ["gpt-2"], Adds = [("bos", true), ("eos", true), ("sep", true)] },
            IsEncoder = true,
        };

    private static Dictionary<string, object?> Rope(GgufSource source)
    {
        return new Dictionary<string, object?>
        {
            ["full_attention"] = Turning("rope.freq_base", 160_000),
            ["sliding_attention"] = Turning("rope.freq_base_swa", 10_000),
        };

        Dictionary<string, object?> Turning(string key, decimal otherwise) =>
            new() { ["rope_type"] = "default", ["rope_theta"] = source.Number(key) ?? otherwise };
    }
}
