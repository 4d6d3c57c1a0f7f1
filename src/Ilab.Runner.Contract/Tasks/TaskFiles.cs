using System.Text.Json.Serialization;

namespace Ilab.Runner.Contract.Tasks;

/// <summary>Names of the files in the bundle of a task, beside those of every bundle.</summary>
public static class TaskFiles
{
    public const string Progress = "progress.json";
    public const string Result = "result.json";
}

/// <summary>JSON of those files, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TaskSpec))]
[JsonSerializable(typeof(TaskProgress))]
[JsonSerializable(typeof(PerplexityResult))]
[JsonSerializable(typeof(WrittenFile))]
public sealed partial class TaskJson : JsonSerializerContext;
