namespace Ilab.Engine.Wizard.Facts;

/// <param name="Value">As text of the file.</param>
/// <param name="Reason">One line.</param>
public sealed record Suggestion(string Value, string Reason);

/// <param name="Type"><c>lora</c>, <c>qlora</c> or <c>full</c>.</param>
/// <param name="LeastBytes">That it needs at least; 0 = unknown.</param>
/// <param name="Fits">Null = unknown.</param>
/// <param name="Explanation">One line with the numbers.</param>
public sealed record TypeAdvice(string Type, long LeastBytes, bool? Fits, string Explanation);

/// <summary>What is known when a training is planned.</summary>
/// <param name="Model">Null = not in the store.</param>
/// <param name="Data">Null = a file, or not in the store.</param>
/// <param name="Devices">Where it could run.</param>
public sealed record TrainingCase(ModelFacts? Model, DatasetFacts? Data, IReadOnlyList<DeviceFacts> Devices)
{
    /// <summary>Null = not known.</summary>
    public LengthFacts? Lengths { get; init; }

    /// <summary>What is decided already.</summary>
    public TrainingGiven Given { get; init; } = new();

    /// <summary>Whether trainings on the CPU keep copies of the weights in the order of an accelerator.</summary>
    public bool IsAccelerated { get; init; }

    /// <summary>Threads that a job may have; 0 = not known.</summary>
    public int Threads { get; init; }

    /// <summary>GPUs of each machine that a training is planned for; 0 = it is for this machine, and one device.</summary>
    public int Gpus { get; init; }

    /// <summary>Machines that it is planned for.</summary>
    public int Hosts { get; init; } = 1;

    /// <summary>Records of the data; 0 = not known.</summary>
    public long Records => Data is { Samples: > 0 } data ? data.Samples : Lengths?.Records ?? 0;
}

/// <summary>Where suggested values come from: the seam for a planner that measures.</summary>
public interface ITrainingAdvice
{
    /// <summary>Every type with what it needs, the one that would be taken first.</summary>
    IReadOnlyList<TypeAdvice> Types(TrainingCase known);

    /// <summary>A value for a field of a train config, such as <c>training.learning_rate</c>; null = it is left at its default.</summary>
    /// <param name="type">The type that is trained: <c>lora</c>, <c>qlora</c> or <c>full</c>.</param>
    Suggestion? Suggest(TrainingCase known, string type, string path);

    /// <summary>Everything that <see cref="TrainingCase.Given"/> leaves open.</summary>
    AutoTraining Choose(TrainingCase known);
}
