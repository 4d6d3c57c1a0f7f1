using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilab.Runner.Conversion;

/// <summary>What a task is to do: the <c>spec</c> of its folder, written by the service before this process started.</summary>
internal sealed record TaskSpec
{
    /// <summary>First part first.</summary>
    public IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>merge: the adapter to add to the weights.</summary>
    public string Adapter { get; set; } = "";

    /// <summary>quantize, merge: file to be.</summary>
    public string Output { get; set; } = "";

    /// <summary>quantize: llama.cpp's number of the type.</summary>
    public int FileType { get; set; }

    public string? ImportanceMatrix { get; set; }

    /// <summary>perplexity: file with the text.</summary>
    public string Text { get; set; } = "";

    /// <summary>perplexity: tokens of a chunk.</summary>
    public int ContextLength { get; set; } = 512;

    public int Threads { get; set; }

    public string? NativeDirectory { get; set; }

    /// <summary>Folder of those that compute on the same cores; null = this process has them to itself.</summary>
    public string? Turns { get; set; }

    public static TaskSpec Read(string folder) =>
        JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, "spec")), ConversionJson.Default.TaskSpec) ?? throw new JsonException("the spec is empty");
}

/// <summary>The folder's <c>progress.json</c>.</summary>
internal sealed record TaskProgress(long Done, long Total);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TaskSpec))]
[JsonSerializable(typeof(TaskProgress))]
[JsonSerializable(typeof(PerplexityResult))]
internal sealed partial class ConversionJson : JsonSerializerContext;
