using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Qwen 1.5 to 2.5: biases on queries, keys and values.</summary>
internal static class Qwen2
{
    public const string Defaults = """
        {"vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016, "num_hidden_layers": 32, "num_attention_heads": 32,
         "num_key_value_heads": 32, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "use_sliding_window": false,
         "tie_word_embeddings": false, "hidden_act": "silu"}
        """;

    public static IReadOnlyList<TensorRule> Attention { get; } =
    [
        .. Tensor.Biased("self_attn.q_proj", "attn_q", "q hidden"),
        .. Tensor.Biased("self_attn.k_proj", "attn_k", "k hidden"),
        .. Tensor.Biased("self_attn.v_proj", "attn_v", "k hidden"),
        Tensor.Matrix("self_attn.o_proj", "attn_output", "hidden q"),
    ];

    public static Family Family { get; } =
        new()
        {
            Architecture = "qwen2",
            Classes = ["Qwen2ForCausalLM", "Qwen2Model", "KORMoForCausalLM"],
            ModelType = "qwen2",
            Defaults = Defaults,
            Metadata = Decoder.Settings,
            Tensors = Decoder.Embeddings,
            Back = Decoder.Config,
            Computation = new Computation(),
            LayerTensors = [.. Decoder.Norms, .. Attention, .. Decoder.GatedFeedForward],
            Vocabulary = new VocabularyRules { PreTokenizers = ["qwen2"] },
            Activations = ["silu"],
            Warnings = Window,
        };

    /// <summary>A window counts only when the config turns it on.</summary>
    public static IEnumerable<string> Window(ModelConfig config) => config.Flag("use_sliding_window") == true ? Decoder.WindowWarning(config) : [];
}
