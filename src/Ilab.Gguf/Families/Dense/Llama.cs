using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Llama 1 to 3 and the many models of their form. The graph turns neighbours, so that rows of queries and keys change places.</summary>
internal static class Llama
{
    /// <summary>What models derived from it write as well.</summary>
    public static IReadOnlyList<MetadataRule> Settings { get; } =
    [
        .. Decoder.Settings,
        Setting.Whole("attention.head_count_kv", "kv"),
        Setting.Length("vocab_size", "vocab"),
        Setting.Length("rope.dimension_count", "head"),
    ];

    public static Family Family { get; } =
        new()
        {
            Architecture = "llama",
            Classes = ["LlamaForCausalLM", "LLaMAForCausalLM", "LlamaModel", "IQuestCoderForCausalLM"],
            ModelType = "llama",
            Defaults = """
                {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata = [.. Settings, Setting.Length("attention.key_length", "head"), Setting.Length("attention.value_length", "head")],
            Tensors = Decoder.Embeddings,
            Back = [.. Decoder.Config, .. Decoder.BiasConfig],
            Computation = new Computation { Turning = Turning.Neighbours, Experts = new ExpertRule(Normalizes: true) },
            LayerTensors = [.. Decoder.Norms, .. Decoder.PairedAttention, .. Decoder.GatedFeedForward],
            Computed = [Positions.Llama3Factors],
            Vocabulary = new VocabularyRules { SaysSpacePrefix = true, PreTokenizers = ["llama-bpe", "falcon3", "smollm", "tekken"] },
            Activations = ["silu"],
        };
}
