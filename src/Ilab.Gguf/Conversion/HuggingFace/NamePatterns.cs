namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>Names of tensors, with <c>*</c> for anything at the beginning or the end.</summary>
internal sealed class NamePatterns(IReadOnlyList<string> patterns)
{
    /// <summary>Tensors that are worked out when a model is loaded, whatever the family.</summary>
    public static readonly string[] Computed =
    [
        "*.rotary_emb.inv_freq",
        "*.rotary_pos_emb.inv_freq",
        "*.attention.masked_bias",
        "*.attention.bias",
        "*.self_attn.masked_bias",
    ];

    public bool Contain(string name) => patterns.Any(pattern => Fits(pattern, name));

    private static bool Fits(string pattern, string name) =>
        pattern.StartsWith('*') ? name.EndsWith(pattern[1..], StringComparison.Ordinal)
        : pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : name == pattern;
}
