using System.Text.RegularExpressions;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>What a tensor of an adapter is.</summary>
/// <param name="Module">Of the base, as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="IsFirst">Whether it is the factor that is applied first.</param>
/// <param name="Adapter">Name of the adapter in it, or empty.</param>
internal sealed record PeftName(string Module, bool IsFirst, string Adapter);

/// <summary>
/// Reads the names of an adapter's tensors: with what PEFT and other wrappers put before them, and with the name of the adapter in them or without.
/// </summary>
internal static partial class PeftNames
{
    private static readonly string[] Wrappers = ["base_model.model.", "base_model.", "_orig_mod.", "module."];

    /// <summary>Null = not a factor of a linear layer.</summary>
    public static PeftName? Read(string tensor)
    {
        if (Factor().Match(tensor) is not { Success: true } match)
        {
            return null;
        }

        var module = match.Groups["module"].Value;
        while (Array.Find(Wrappers, wrapper => module.StartsWith(wrapper, StringComparison.Ordinal)) is { } wrapper)
        {
            module = module[wrapper.Length..];
        }

        return new PeftName(module, match.Groups["factor"].Value == "A", match.Groups["adapter"].Value);
    }

    /// <summary>What a tensor is that is no factor, for people.</summary>
    public static string Describe(string tensor) =>
        tensor.Contains(".lora_magnitude_vector", StringComparison.Ordinal) ? $"{tensor} is of DoRA"
        : tensor.Contains(".lora_embedding_", StringComparison.Ordinal) ? $"{tensor} changes the embedding, which adapters in a GGUF do not here"
        : tensor.Contains(".modules_to_save.", StringComparison.Ordinal) || !tensor.Contains(".lora_", StringComparison.Ordinal)
            ? $"{tensor} replaces a whole module (modules_to_save), which an adapter in a GGUF cannot"
        : $"{tensor} is for nothing that an adapter in a GGUF may change here";

    [GeneratedRegex(@"^(?<module>.+)\.lora_(?<factor>[AB])(?:\.(?<adapter>[^.]+))?\.weight$")]
    private static partial Regex Factor();
}
