using System.Text.Json.Serialization;

namespace Ilab.Runner.Contract.Training;

/// <summary>JSON of a training's files, generated at build time. Events are one line each.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TrainingEvent))]
[JsonSerializable(typeof(TrainingSpec))]
[JsonSerializable(typeof(TrainingNeed))]
public sealed partial class TrainingJson : JsonSerializerContext;
