namespace Ilab.Engine.Workloads.Training;

/// <summary>How to train; goes into the runner's spec as it is. Frozen with the job: a resumed run is the same run.</summary>
public sealed record TrainingOptions
{
    /// <summary><c>lora</c>, <c>qlora</c>, <c>full</c> or <c>scratch</c>.</summary>
    public string Type { get; set; } = "lora";

    /// <summary>File with the records; filled when the job runs.</summary>
    public string Data { get; set; } = "";

    /// <summary>What the records were called, for people; filled when the job runs.</summary>
    public string DataName { get; set; } = "";

    /// <summary>Folder for events, checkpoints and the result; filled when the job runs.</summary>
    public string Output { get; set; } = "";

    public int Rank { get; set; } = 8;

    public float Alpha { get; set; } = 16;

    /// <summary>Share of its input that an adapter does not see in a step.</summary>
    public float Dropout { get; init; }

    /// <summary>The result has weights of its own, instead of an adapter beside those of the base.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool MakesWeights => Merge || Type is "full" or "scratch";

    /// <summary>Names of linear layers; empty = all.</summary>
    public IReadOnlyList<string> TargetModules { get; set; } = [];

    public double Epochs { get; set; } = 3;

    /// <summary>0 = as many as the epochs have.</summary>
    public int Steps { get; init; }

    public int BatchSize { get; set; } = 4;

    public int Accumulation { get; set; } = 1;

    public float LearningRate { get; set; } = 2e-4f;

    public int WarmupSteps { get; init; }

    public string Schedule { get; set; } = "cosine";

    public float WeightDecay { get; init; }

    public float Clip { get; set; } = 1;

    /// <summary>Tokens; 0 = what the data needs.</summary>
    public int MaxLength { get; init; }

    public ulong Seed { get; set; } = 42;

    public double EvaluationSplit { get; init; }

    public int CheckpointInterval { get; set; } = 50;

    /// <summary><c>auto</c>: products in BF16 where an accelerator has it; <c>f32</c>: every digit.</summary>
    public string Precision { get; set; } = "auto";

    /// <summary>Where it is computed: <c>cpu</c>, <c>cuda0</c>, ...</summary>
    public string Device { get; set; } = Serving.Devices.DeviceMemory.Cpu;

    /// <summary>Somebody chose <see cref="Device"/>; otherwise a GPU that is not used is worth a warning.</summary>
    public bool IsDeviceGiven { get; init; }

    /// <summary>Activations are computed again instead of kept.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>The adapter is added to the weights of the base.</summary>
    public bool Merge { get; init; }

    /// <summary>File with values to begin with; filled when the job runs.</summary>
    public string? Start { get; init; }

    /// <summary>The runner asks for its memory before it takes it (<see cref="TrainingMemory"/>); set when the job runs.</summary>
    public bool AwaitsMemory { get; init; }
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
    public string FromJob { get; set; } = "";

    /// <summary>What the file was called, for people.</summary>
    public string DataName { get; set; } = "";

    /// <summary>Of the model that comes out of it.</summary>
    public required string Name { get; init; }

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public required TrainingOptions Options { get; init; }
}
