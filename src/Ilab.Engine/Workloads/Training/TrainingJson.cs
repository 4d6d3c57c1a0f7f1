using System.Text.Json.Serialization;

namespace Ilab.Engine.Workloads.Training;

/// <summary>One line of the runner's event log; what does not belong to its type is not there.</summary>
internal sealed record TrainingEvent
{
    public string Type { get; set; } = "";

    public int Step { get; init; }

    public int Steps { get; init; }

    public double Loss { get; init; }

    public double LearningRate { get; init; }

    public double GradientNorm { get; init; }

    public double TokensPerSecond { get; init; }

    public string Text { get; set; } = "";

    public string File { get; set; } = "";

    public string Digest { get; set; } = "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TrainRequest))]
[JsonSerializable(typeof(TrainingEvent))]
internal sealed partial class TrainingJson : JsonSerializerContext;
