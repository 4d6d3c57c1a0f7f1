using System.Text.Json.Serialization;

namespace Ilab.Runner.Contract.Training;

/// <summary>One line of the event log; properties that do not apply to its type are omitted.</summary>
public sealed record TrainingEvent
{
    public const string Data = "data",
        Plan = "plan",
        Step = "step",
        Evaluation = "evaluation",
        Checkpoint = "checkpoint",
        Resumed = "resumed",
        Finished = "finished";

    /// <summary>One of the constants.</summary>
    public string Type { get; set; } = "";

    /// <summary>When it was written.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Completed optimizer steps.</summary>
    [JsonPropertyName("step")]
    public int? StepNumber { get; init; }

    /// <summary>Total number of steps.</summary>
    public int? Steps { get; init; }

    public double? Epoch { get; init; }

    /// <summary>Mean over the tokens with a loss.</summary>
    public double? Loss { get; init; }

    public double? LearningRate { get; init; }

    /// <summary>Before clipping.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Without padding.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Tokens processed so far.</summary>
    public long? Tokens { get; init; }

    /// <summary>Remaining seconds.</summary>
    public double? Remaining { get; init; }

    /// <summary>Peak memory of the process in bytes.</summary>
    public long? Memory { get; init; }

    /// <summary>A message for the user.</summary>
    public string? Text { get; init; }

    public string? File { get; init; }

    public string? Digest { get; init; }
}
