using System.Text.Json.Serialization;

namespace Ilab.Runner.Contract.Training;

/// <summary>One line of the event log; what does not belong to its type is left out.</summary>
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

    /// <summary>Optimizer steps done.</summary>
    [JsonPropertyName("step")]
    public int? StepNumber { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public int? Steps { get; init; }

    public double? Epoch { get; init; }

    /// <summary>Mean over the learned tokens.</summary>
    public double? Loss { get; init; }

    public double? LearningRate { get; init; }

    /// <summary>Before it was clipped.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Without filling.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Seen so far.</summary>
    public long? Tokens { get; init; }

    /// <summary>Seconds that are left.</summary>
    public double? Remaining { get; init; }

    /// <summary>Bytes: the most that this process had so far.</summary>
    public long? Memory { get; init; }

    /// <summary>For people.</summary>
    public string? Text { get; init; }

    public string? File { get; init; }

    public string? Digest { get; init; }
}
