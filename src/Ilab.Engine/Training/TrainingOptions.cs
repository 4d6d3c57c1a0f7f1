namespace Ilab.Engine.Training;

/// <summary>How to train; goes into the runner's spec as it is. Frozen with the job: a resumed run is the same run.</summary>
public sealed record TrainingOptions
{
    /// <summary><c>lora</c>, <c>qlora</c>, <c>full</c> or <c>scratch</c>.</summary>
    public string Type { get; init; } = "lora";

    /// <summary>File with the records; filled when the job runs.</summary>
    public string Data { get; init; } = "";

    /// <summary>Folder for events, checkpoints and the result; filled when the job runs.</summary>
    public string Output { get; init; } = "";

    public int Rank { get; init; } = 8;

    public float Alpha { get; init; } = 16;

    /// <summary>Share of its input that an adapter does not see in a step.</summary>
    public float Dropout { get; init; }

    /// <summary>The result has weights of its own, instead of an adapter beside those of the base.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool MakesWeights => Merge || Type is "full" or "scratch";

    /// <summary>Names of linear layers; empty = all.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = [];

    public double Epochs { get; init; } = 3;

    /// <summary>0 = as many as the epochs have.</summary>
    public int Steps { get; init; }

    public int BatchSize { get; init; } = 4;

    public int Accumulation { get; init; } = 1;

    public float LearningRate { get; init; } = 2e-4f;

    public int WarmupSteps { get; init; }

    public string Schedule { get; init; } = "cosine";

    public float WeightDecay { get; init; }

    public float Clip { get; init; } = 1;

    /// <summary>Tokens; 0 = what the data needs.</summary>
    public int MaxLength { get; init; }

    public ulong Seed { get; init; } = 42;

    public double EvaluationSplit { get; init; }

    public int CheckpointInterval { get; init; } = 50;

    /// <summary><c>auto</c>: products in BF16 where an accelerator has it; <c>f32</c>: every digit.</summary>
    public string Precision { get; init; } = "auto";

    /// <summary>Activations are computed again instead of kept.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>The adapter is added to the weights of the base.</summary>
    public bool Merge { get; init; }

    /// <summary>File with values to begin with; filled when the job runs.</summary>
    public string? Start { get; init; }
}

/// <summary>A training as it was asked for; everything by digest.</summary>
public sealed record TrainRequest
{
    /// <summary>Of the base's manifest.</summary>
    public required string Base { get; init; }

    public required string BaseName { get; init; }

    /// <summary>Blob with the records.</summary>
    public required string Data { get; init; }

    /// <summary>Job whose last checkpoint it begins with; empty = none.</summary>
    public string FromJob { get; init; } = "";

    /// <summary>What the file was called, for people.</summary>
    public string DataName { get; init; } = "";

    /// <summary>Of the model that comes out of it.</summary>
    public required string Name { get; init; }

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public required TrainingOptions Options { get; init; }
}
