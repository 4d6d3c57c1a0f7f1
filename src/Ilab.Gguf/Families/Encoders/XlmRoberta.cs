using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Encoders;

/// <summary>XLM-RoBERTa, as BGE-M3 and multilingual E5: RoBERTa with pieces that have probabilities.</summary>
internal static class XlmRoberta
{
    public static Family Family { get; } =
        Roberta.Family with
        {
            Classes = ["XLMRobertaModel", "XLMRobertaForMaskedLM"],
            ModelType = "xlm-roberta",
            Vocabulary = new VocabularyRules
            {
                Kind = VocabularyKind.Probabilities,
                HasTokenTypes = true,
                Adds = [("bos", true), ("eos", true), ("sep", true)],
            },
            Check = static config =>
                [
                    .. Roberta.Family.Check!(config),
                    .. config.Find("lora_adaptations") is not null ? (string[])["adapters inside of the model (lora_adaptations) cannot be converted"] : [],
                ],
            Fits = static file => Bert.IsOf(file, "t5"),
        };
}
