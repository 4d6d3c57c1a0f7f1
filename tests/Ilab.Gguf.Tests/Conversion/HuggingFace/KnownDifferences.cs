namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>Where this converter does not do what the reference does, and why.</summary>
internal static class KnownDifferences
{
    private static readonly (string Folder, string Begin, string Why)[] All =
    [
        ("*", "general.basename", "a guess from the folder's name"),
        ("*", "general.version", "a guess from the folder's name"),
        ("*", "general.finetune", "a guess from the folder's name"),
        ("phi3-128k", "general.size_label", "a guess from the folder's name: the reference takes the length of the context for the size"),
        ("falcon3", "tokenizer.ggml.add_bos_token", "the tokenizer adds none; without a word the engine would"),
        ("llama4-text", "tokenizer.ggml.eot_token_id", "an end token that the reference loses"),
        ("phi3-4k", "tokenizer.ggml.eot_token_id", "an end token that the reference loses"),
        ("phi3-128k", "tokenizer.ggml.eot_token_id", "an end token that the reference loses"),
        ("glm-edge", "tokenizer.ggml.eom_token_id", "an end token that the reference loses"),
        ("glm-edge", "chatglm.context_length", "the reference writes the width of the model"),
        ("gemma", "tokenizer.ggml.eot_token_id", "the reference writes a fixed number, which is another token here"),
        ("gemma4-text", "tokenizer.ggml.token_type", "the reference has the tokens that steer a chat as ordinary ones"),
        ("modernbert", "tokenizer.ggml.seperator_token_id", "the reference writes a number beyond the vocabulary"),
    ];

    public static bool Explains(string folder, string difference) =>
        Array.Exists(All, entry => (entry.Folder == "*" || entry.Folder == folder) && difference.StartsWith(entry.Begin, StringComparison.Ordinal));
}
