using System.Text.Json.Serialization;

namespace Ilab.Runner.Contract.Bundles;

/// <summary>JSON of the bundle's files, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(RunnerSpec))]
[JsonSerializable(typeof(RunnerReady))]
[JsonSerializable(typeof(RunnerExit))]
[JsonSerializable(typeof(ServingNeed))]
public sealed partial class BundleJson : JsonSerializerContext;
