using System.Text.Json.Serialization;

namespace Ilab.Runner.Contract.Training;

/// <summary>
/// What a training takes, as its runner finds out from the graphs that it will compute: before it starts, when it is planned without memory, and when it asks
/// for its memory. Sizes in bytes.
/// </summary>
public sealed record TrainingNeed
{
    /// <summary>The runner itself, the libraries, and the tokenized data.</summary>
    public long Process { get; init; }

    /// <summary>The weights of the base model; of a full training, the trained ones.</summary>
    public long Weights { get; init; }

    /// <summary>Copies of frozen weights in the order that the accelerator wants, forward and backward.</summary>
    public long Packed { get; init; }

    /// <summary>Adapters; 0 = the weights themselves are trained.</summary>
    public long Adapters { get; init; }

    public long Gradients { get; init; }

    /// <summary>The optimizer's moments.</summary>
    public long Optimizer { get; init; }

    /// <summary>Activations, their gradients, and inputs of the largest batch.</summary>
    public long Activations { get; init; }

    /// <summary>Operands of matrix products on their way.</summary>
    public long Scratch { get; init; }

    /// <summary>What the device of the training has to hold.</summary>
    [JsonIgnore]
    public long OfDevice => Weights + Packed + Adapters + Gradients + Optimizer + Activations + Scratch;

    [JsonIgnore]
    public long Total => Process + OfDevice;

    /// <summary>Numbers that are trained.</summary>
    public long Trained { get; init; }

    /// <summary>Tokens per sequence of the largest batch.</summary>
    public int Length { get; init; }

    /// <summary>Sequences of the largest batch.</summary>
    public int Sequences { get; init; }

    /// <summary>Optimizer steps; 0 = not known without the data.</summary>
    public int Steps { get; init; }

    /// <summary>Tokens of all steps, without padding; 0 = not known without the data.</summary>
    public long Tokens { get; init; }

    /// <summary>Records; 0 = the data was not given: the largest batch is taken to be full.</summary>
    public int Samples { get; init; }

    /// <summary>Tokens of the longest record.</summary>
    public int Longest { get; init; }

    /// <summary>Records that are truncated.</summary>
    public int Cut { get; init; }

    /// <summary>A name of ilab.v1.ErrorKind: the training is not possible; empty = it is.</summary>
    public string ErrorKind { get; set; } = "";

    /// <summary>Why it is not possible.</summary>
    public string Error { get; set; } = "";
}
