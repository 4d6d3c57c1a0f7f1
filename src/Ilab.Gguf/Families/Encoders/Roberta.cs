using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Encoders;

/// <summary>RoBERTa: BERT with BPE over bytes; positions are counted from behind the id of the padding, whose rows and those before it are not used.</summary>
internal static class Roberta
{
    /// <summary>How many rows of positions are not used.</summary>
    private const string Unused = "pad_token_id + 1",
        Positions = "embeddings.position_embeddings.weight";

    public static Family Family { get; } =
        Bert.Family with
        {
            Classes = ["RobertaModel", "RobertaForMaskedLM"],
            ModelType = "roberta",
            Defaults = """
                {"vocab_size": 50265, "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
                 "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "pad_token_id": 1, "tie_word_embeddings": true,
                 "hidden_act": "gelu"}
                """,
            Metadata = [.. Bert.Family.Metadata, Setting.Length("context_length", $"max_position_embeddings - ({Unused})")],
            Tensors = [.. Bert.Family.Tensors.Select(static rule => rule.Source == Positions ? rule with { Steps = [new LeaveOut(Unused)] } : rule)],
            Back =
            [
                .. Bert.Family.Back!,
                Back.Of("pad_token_id", static source => Padding(source)),
                Back.Of("max_position_embeddings", static source => (source.Rows("position_embd.weight") ?? 0) + Padding(source) + 1),
            ],
            Ignored = [.. Bert.Family.Ignored, "lm_head.*"],
            Renames = [("roberta.", ""), .. Bert.Family.Renames],
            Vocabulary = new VocabularyRules
            {
                Kind = VocabularyKind.BytePairs,
                HasTokenTypes = true,
                PreTokenizers = ["roberta-bpe"],
            },
            Fits = static file => Bert.IsOf(file, "gpt2"),
        };

    private static long Padding(GgufSource source) => source.Whole("/tokenizer.ggml.padding_token_id") ?? 1;
}
