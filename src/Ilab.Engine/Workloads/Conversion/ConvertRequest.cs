using System.Text.Json.Serialization;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>Request of a job of kind <c>convert</c>.</summary>
public sealed record ConvertRequest
{
    public const string ToGguf = "gguf";
    public const string ToSafetensors = "safetensors";

    /// <summary>Absolute path of a Hugging Face model, PEFT adapter or llama2.c checkpoint. Null if a model in the store is converted.</summary>
    public string? Path { get; init; }

    /// <summary>Digest of a model in the store.</summary>
    public string? Model { get; init; }

    public string To { get; set; } = ToGguf;

    /// <summary>Type of the matrices; null = same as the source.</summary>
    public string? Type { get; init; }

    public string? Name { get; init; }

    /// <summary>Absolute path of the output directory for safetensors.</summary>
    public string? Output { get; init; }

    /// <summary>llama2.c: absolute path of the tokenizer file.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Adapters: digest of the base model in the store.</summary>
    public string? Base { get; init; }

    public bool Replace { get; init; }

    /// <summary>The model gets no name; the job's result is its digest then.</summary>
    public bool Anonymous { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ConvertRequest))]
[JsonSerializable(typeof(QuantizeRequest))]
internal sealed partial class ConversionJson : JsonSerializerContext;
