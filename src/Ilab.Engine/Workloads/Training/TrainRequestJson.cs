using System.Text.Json.Serialization;

namespace Ilab.Engine.Workloads.Training;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TrainRequest))]
internal sealed partial class TrainRequestJson : JsonSerializerContext;
