namespace Ilab.Runner.Contract.Tasks;

/// <summary>A conversion between a GGUF and another format.</summary>
public sealed record ConversionSpec
{
    /// <summary>Formats: a Hugging Face folder, a LoRA adapter of PEFT, a llama2.c checkpoint.</summary>
    public const string HuggingFace = "huggingface",
        Peft = "peft",
        Llama2c = "llama2c";

    /// <summary>The other format, one of those above.</summary>
    public required string Format { get; init; }

    /// <summary>The GGUF of <see cref="TaskSpec.Files"/> becomes a folder; otherwise <see cref="Sources"/> become a GGUF.</summary>
    public bool IsExport { get; init; }

    /// <summary>Type of the matrices; null = that of the source.</summary>
    public string? Type { get; init; }

    /// <summary>What the folder of the source is called.</summary>
    public string Name { get; set; } = "";

    /// <summary>Absolute paths of the source's files by the names that they have in its folder; for a checkpoint it is one.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; set; } = new Dictionary<string, string>();

    /// <summary>llama2.c: absolute path of the tokenizer.</summary>
    public string Tokenizer { get; set; } = "";

    /// <summary>Adapters: absolute path of a GGUF with the model that they are for.</summary>
    public string Base { get; set; } = "";
}
