using System.Text.Json.Serialization;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>What a job of kind <c>convert</c> is asked for.</summary>
public sealed record ConvertRequest
{
    public const string ToGguf = "gguf";
    public const string ToSafetensors = "safetensors";

    /// <summary>Absolute: a Hugging Face folder, an adapter's folder, or a llama2.c checkpoint. Null when a model of the store is converted.</summary>
    public string? Path { get; init; }

    /// <summary>A model of the store, by digest.</summary>
    public string? Model { get; init; }

    public string To { get; set; } = ToGguf;

    /// <summary>Type of the matrices; null = that of the source.</summary>
    public string? Type { get; init; }

    public string? Name { get; init; }

    /// <summary>Absolute folder for safetensors.</summary>
    public string? Output { get; init; }

    /// <summary>llama2.c: absolute path of its tokenizer.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Adapters: the model in the store that they were made for, by digest.</summary>
    public string? Base { get; init; }

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ConvertRequest))]
[JsonSerializable(typeof(QuantizeRequest))]
internal sealed partial class ConversionJson : JsonSerializerContext;
