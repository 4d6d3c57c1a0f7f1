namespace Ilab.Engine.Wizard.Facts;

/// <summary>What is usual for models of one family.</summary>
/// <param name="Name">As people call it.</param>
/// <param name="Architectures">Names in GGUF headers.</param>
/// <param name="AdapterRate">Learning rate of adapters.</param>
/// <param name="FullRate">Learning rate of every weight.</param>
/// <param name="Temperature">For answers that may vary.</param>
/// <param name="Note">Why it differs from the others; empty = it does not.</param>
public sealed record FamilyTemplate(string Name, IReadOnlyList<string> Architectures, double AdapterRate, double FullRate, double Temperature, string Note = "")
{
    /// <summary>The reason of a learning rate.</summary>
    /// <param name="what">That is trained.</param>
    public string Why(string what) => $"usual for {what}" + (Name.Length > 0 ? $" of {Name} models" : "") + (Note.Length > 0 ? $": {Note}" : "");
}

/// <summary>The template library by family. A family that is not in it has the usual values.</summary>
public static class FamilyTemplates
{
    private const double Adapter = 3e-4,
        Full = 2e-5;

    public static FamilyTemplate Usual { get; } = new("", [], Adapter, Full, 0.7);

    public static IReadOnlyList<FamilyTemplate> All { get; } =
    [
        new("Llama", ["llama", "llama4"], Adapter, Full, 0.7),
        new("Qwen", ["qwen2", "qwen2moe", "qwen3", "qwen3moe", "qwen35", "qwen35moe"], Adapter, Full, 0.7),
        new("Gemma", ["gemma", "gemma2", "gemma3", "gemma3n", "gemma4"], Adapter, 1.5e-5, 1.0, "published recipes train all of its weights a little slower"),
        new("Mistral", ["mistral3"], 2e-4, 1e-5, 0.7, "published recipes stay below the usual rates"),
        new("Phi", ["phi2", "phi3", "phimoe"], Adapter, Full, 0.7),
        new("Granite", ["granite", "granitemoe", "granitehybrid"], Adapter, Full, 0.7),
        new("GPT-2", ["gpt2"], Adapter, Full, 0.9),
    ];

    /// <param name="architecture">As in the header of a GGUF file; empty = unknown.</param>
    public static FamilyTemplate Of(string architecture) => All.FirstOrDefault(family => family.Architectures.Contains(architecture)) ?? Usual;
}
