using System.Text.Json.Serialization;

namespace Ilab.Runner.Contract.Training;

/// <summary>
/// Training hyperparameters: part of a job's request and of the bundle's spec. Immutable once the job is created, so that a resumed run is the same run. The
/// defaults are those documented for <c>ilab model train</c>; a service writes every value, so that none depends on the runner.
/// </summary>
public sealed record TrainingSpec
{
    public const string Cpu = "cpu";

    /// <summary><c>lora</c>, <c>qlora</c>, <c>full</c>, or <c>scratch</c>: all weights, randomly initialized.</summary>
    public string Type { get; set; } = "lora";

    /// <summary>Path of a JSONL file.</summary>
    public string Data { get; set; } = "";

    /// <summary>Original name of the data; empty = its file name.</summary>
    public string DataName { get; set; } = "";

    /// <summary>Directory for events, checkpoints and the result; outlives the bundle.</summary>
    public string Output { get; set; } = "";

    public int Rank { get; set; } = 8;

    public float Alpha { get; set; } = 16;

    /// <summary>Fraction of its inputs that an adapter ignores in a step (LoRA dropout).</summary>
    public float Dropout { get; set; }

    /// <summary>Whether all weights are trained instead of adapters.</summary>
    [JsonIgnore]
    public bool IsWhole => Type is "full" or "scratch";

    /// <summary>Whether the result consists of weights instead of an adapter.</summary>
    [JsonIgnore]
    public bool MakesWeights => Merge || IsWhole;

    /// <summary>Which linear layers get adapters; empty = all.</summary>
    public IReadOnlyList<string> TargetModules { get; set; } = [];

    /// <summary>Number of passes over the data.</summary>
    public double Epochs { get; set; } = 3;

    /// <summary>Optimizer steps; 0 = determined by the epochs.</summary>
    public int Steps { get; set; }

    /// <summary>Sequences per batch.</summary>
    public int BatchSize { get; set; } = 4;

    /// <summary>Gradient accumulation steps.</summary>
    public int Accumulation { get; set; } = 1;

    public float LearningRate { get; set; } = 2e-4f;

    public int WarmupSteps { get; set; }

    /// <summary><c>linear</c>, <c>cosine</c> or <c>constant</c>.</summary>
    public string Schedule { get; set; } = "cosine";

    public float WeightDecay { get; set; }

    public float Beta1 { get; set; } = 0.9f;

    public float Beta2 { get; set; } = 0.999f;

    public float Epsilon { get; set; } = 1e-8f;

    /// <summary>Maximum gradient norm; 0 = no clipping.</summary>
    public float Clip { get; set; } = 1;

    /// <summary>Maximum sequence length in tokens; 0 = as required by the data, at most the model's context.</summary>
    public int MaxLength { get; set; }

    public ulong Seed { get; set; } = 42;

    /// <summary>Fraction of the samples held out for evaluation.</summary>
    public double EvaluationSplit { get; set; }

    /// <summary>Steps between checkpoints; 0 = only at the end of an epoch.</summary>
    public int CheckpointInterval { get; set; } = 50;

    /// <summary><c>auto</c>: BF16 matrix multiplications where an accelerator supports them; <c>f32</c>: full precision.</summary>
    public string Precision { get; set; } = "auto";

    /// <summary><c>cpu</c>, or another device by ggml's name, case-insensitive: <c>cuda0</c>.</summary>
    public string Device { get; set; } = Cpu;

    /// <summary>
    /// Whether <see cref="Device"/> was requested; otherwise an unused GPU causes a warning. Not written if false: the identity of checkpoints is derived from
    /// the text of this record.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsDeviceGiven { get; init; }

    [JsonIgnore]
    public bool IsOnProcessor => Device == Cpu;

    /// <summary>Recompute activations instead of keeping them.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>File with initial parameters from another run; null = none.</summary>
    public string? Start { get; set; }

    /// <summary>Merge the adapter into the base weights: the result is a standalone model.</summary>
    public bool Merge { get; set; }

    /// <summary>Whether to request the planned memory from the service before using it.</summary>
    public bool AwaitsMemory { get; set; }

    /// <summary>Number of checkpoints to keep, latest first.</summary>
    public int KeepCheckpoints { get; set; } = 2;

    /// <summary>Threads at most; 0 = as many as the service has. Results do not depend on it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Threads { get; set; }

    /// <summary>All validation errors, one line each.</summary>
    public IEnumerable<string> Problems()
    {
        (bool IsWrong, string Text)[] rules =
        [
            (Type is not ("lora" or "qlora" or "full" or "scratch"), $"training type {Type} is not one of lora, qlora, full, scratch"),
            (Rank is < 1 or > 1024, $"rank {Rank} is not between 1 and 1024"),
            (!(Alpha > 0) && Rank >= 1, "alpha has to be above 0"),
            (!(Dropout is >= 0 and <= 0.9f), $"dropout {Dropout} is not between 0 and 0.9"),
            (!(Epochs > 0) && Steps <= 0, "epochs have to be above 0"),
            (Steps < 0, "steps cannot be negative"),
            (BatchSize is < 1 or > 1024, $"batch size {BatchSize} is not between 1 and 1024"),
            (Accumulation is < 1 or > 4096, $"accumulation {Accumulation} is not between 1 and 4096"),
            (!(LearningRate > 0 && LearningRate < 10), $"learning rate {LearningRate} is not between 0 and 10"),
            (Precision is not ("auto" or "f32"), $"precision {Precision} is not one of auto, f32"),
            (WarmupSteps < 0, "warm-up steps cannot be negative"),
            (Schedule is not ("linear" or "cosine" or "constant"), $"schedule {Schedule} is not one of linear, cosine, constant"),
            (!(WeightDecay is >= 0 and < 1), $"weight decay {WeightDecay} is not between 0 and 1"),
            (!(Beta1 is >= 0 and < 1) || !(Beta2 is >= 0 and < 1), "betas have to be at least 0 and below 1"),
            (Clip < 0, "clip cannot be negative"),
            (MaxLength is < 0 or 1, "max length has to be 2 tokens or more"),
            (!(EvaluationSplit is >= 0 and <= 0.5), "the evaluation split has to be between 0 and 0.5"),
            (CheckpointInterval < 0, "the checkpoint interval cannot be negative"),
            (Threads is < 0 or > 1024, $"threads {Threads} is not between 0 and 1024"),
        ];
        return rules.Where(static rule => rule.IsWrong).Select(static rule => rule.Text);
    }
}
