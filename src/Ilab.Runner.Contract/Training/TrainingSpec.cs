using System.Text.Json.Serialization;

namespace Ilab.Runner.Contract.Training;

/// <summary>
/// What to train, how long and how: part of a job's request and of the bundle's spec. Frozen when the job is made, so that a resumed run is the same run.
/// The defaults are those that <c>ilab model train</c> documents; a service writes every value, so that none depends on the runner.
/// </summary>
public sealed record TrainingSpec
{
    public const string Cpu = "cpu";

    /// <summary><c>lora</c>, <c>qlora</c>, <c>full</c>, or <c>scratch</c>: all weights, beginning at random.</summary>
    public string Type { get; set; } = "lora";

    /// <summary>JSON Lines.</summary>
    public string Data { get; set; } = "";

    /// <summary>What the data is called where it came from; empty = as its file.</summary>
    public string DataName { get; set; } = "";

    /// <summary>Folder for events, checkpoints and the result; outlives the bundle.</summary>
    public string Output { get; set; } = "";

    public int Rank { get; set; } = 8;

    public float Alpha { get; set; } = 16;

    /// <summary>Share of its input that an adapter does not see in a step.</summary>
    public float Dropout { get; set; }

    /// <summary>All weights are trained, not adapters.</summary>
    [JsonIgnore]
    public bool IsWhole => Type is "full" or "scratch";

    /// <summary>The result has weights of its own, instead of an adapter beside those of the base.</summary>
    [JsonIgnore]
    public bool MakesWeights => Merge || IsWhole;

    /// <summary>Which linear layers get adapters; empty = all.</summary>
    public IReadOnlyList<string> TargetModules { get; set; } = [];

    /// <summary>How often every record is seen.</summary>
    public double Epochs { get; set; } = 3;

    /// <summary>Optimizer steps; 0 = as many as the epochs have.</summary>
    public int Steps { get; set; }

    /// <summary>Sequences computed together.</summary>
    public int BatchSize { get; set; } = 4;

    /// <summary>Batches whose gradients make one step.</summary>
    public int Accumulation { get; set; } = 1;

    public float LearningRate { get; set; } = 2e-4f;

    public int WarmupSteps { get; set; }

    /// <summary><c>linear</c>, <c>cosine</c> or <c>constant</c>.</summary>
    public string Schedule { get; set; } = "cosine";

    public float WeightDecay { get; set; }

    public float Beta1 { get; set; } = 0.9f;

    public float Beta2 { get; set; } = 0.999f;

    public float Epsilon { get; set; } = 1e-8f;

    /// <summary>Largest norm of the gradient; 0 = any.</summary>
    public float Clip { get; set; } = 1;

    /// <summary>Tokens of a sequence; 0 = what the data needs, at most the model's context.</summary>
    public int MaxLength { get; set; }

    public ulong Seed { get; set; } = 42;

    /// <summary>Share of the samples that is not trained on but measured with.</summary>
    public double EvaluationSplit { get; set; }

    /// <summary>Steps between checkpoints; 0 = only at the end of an epoch.</summary>
    public int CheckpointInterval { get; set; } = 50;

    /// <summary><c>auto</c>: products in BF16 where an accelerator has it; <c>f32</c>: every digit.</summary>
    public string Precision { get; set; } = "auto";

    /// <summary><c>cpu</c>, or another device by ggml's name for it in any case: <c>cuda0</c>.</summary>
    public string Device { get; set; } = Cpu;

    /// <summary>Somebody chose <see cref="Device"/>; otherwise a GPU that is not used is worth a warning. Not written when false: the identity of checkpoints
    /// is made of
    /// this record's text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsDeviceGiven { get; init; }

    [JsonIgnore]
    public bool IsOnProcessor => Device == Cpu;

    /// <summary>Activations are computed again instead of kept.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>File with values to begin with, from another run; null = none.</summary>
    public string? Start { get; set; }

    /// <summary>The adapter is added to the weights of the base: the result is a model of its own.</summary>
    public bool Merge { get; set; }

    /// <summary>The service is asked for the memory of the plan before it is taken.</summary>
    public bool AwaitsMemory { get; set; }

    /// <summary>Checkpoints that are kept, newest first.</summary>
    public int KeepCheckpoints { get; set; } = 2;

    /// <summary>All that is wrong with it, one line each.</summary>
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
        ];
        return rules.Where(static rule => rule.IsWrong).Select(static rule => rule.Text);
    }
}
