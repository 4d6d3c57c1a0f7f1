namespace Ilab.Engine.Wizard.Facts;

/// <summary>What was chosen for a training, each with the figure that it comes from.</summary>
public sealed record AutoTraining
{
    /// <summary><c>lora</c>, <c>qlora</c> or <c>full</c>.</summary>
    public required Suggestion Type { get; init; }

    /// <summary>Null = the service's default.</summary>
    public Suggestion? Device { get; init; }

    /// <summary>Sequences per batch.</summary>
    public required Suggestion BatchSize { get; init; }

    /// <summary>Batches per step.</summary>
    public required Suggestion Accumulation { get; init; }

    /// <summary>Tokens per sequence.</summary>
    public required Suggestion MaxLength { get; init; }

    /// <summary>Whether the longest record decides the length, once it is read: nothing is cut.</summary>
    public bool IsLengthOpen { get; init; }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public required Suggestion Checkpointing { get; init; }

    public required Suggestion LearningRate { get; init; }

    /// <summary>How many threads there are at most: each step takes what is free.</summary>
    public required Suggestion Threads { get; init; }

    /// <summary><c>none</c>, <c>ddp</c> or <c>fsdp</c>.</summary>
    public required Suggestion Distributed { get; init; }

    /// <summary>Estimated memory in bytes; 0 = unknown.</summary>
    public long Bytes { get; init; }

    /// <summary>Null = unknown.</summary>
    public bool? Fits { get; init; }

    /// <summary>One line for each choice that was open, as <c>NAME: VALUE: REASON</c>.</summary>
    public IReadOnlyList<string> Lines(TrainingGiven given)
    {
        (bool IsOpen, string Name, Suggestion? Value)[] all =
        [
            (given.Type is null, "training type", Type),
            (given.Device is null, "device", Device),
            (given.MaxLength is null, "sequence length", MaxLength),
            (given.BatchSize is null, "batch size", BatchSize),
            (given.Accumulation is null, "gradient accumulation", Accumulation),
            (given.Checkpointing is null, "gradient checkpointing", Checkpointing),
            (given.LearningRate is null, "learning rate", LearningRate),
            (true, "threads", Threads),
        ];
        return
        [
            .. all.Where(static choice => choice.IsOpen && choice.Value is not null)
                .Select(static choice => $"{choice.Name} {choice.Value!.Value}: {choice.Value.Reason}"),
        ];
    }
}
