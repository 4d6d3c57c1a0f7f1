using System.Text.Json.Serialization;

namespace Ilab.Sources;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(DownloadRequest))]
[JsonSerializable(typeof(ResumeState))]
[JsonSerializable(typeof(List<string>))]
internal sealed partial class SourcesJson : JsonSerializerContext;
