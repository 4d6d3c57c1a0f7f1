namespace Ilab.Engine.Serving.Devices;

/// <summary>The properties of a model that determine its memory needs.</summary>
public sealed record ModelShape
{
    /// <summary>Size of the weight files in bytes.</summary>
    public long Weights { get; init; }

    /// <summary>Number of parameters; 0 = unknown.</summary>
    public long Parameters { get; init; }

    public int Layers { get; init; }

    /// <summary>Key/value heads per layer.</summary>
    public int KvHeads { get; init; }

    /// <summary>Head dimension.</summary>
    public int HeadDimension { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public int Embedding { get; init; }

    /// <summary>Vocabulary size.</summary>
    public int Vocabulary { get; init; }

    /// <summary>Bytes of packed copies of all matrices for the accelerator; 0 = unknown.</summary>
    public long PackedWeights { get; init; }

    /// <summary>Bytes of the copies that serve few tokens at a time; 0 = its weights have none.</summary>
    public long CodedWeights { get; init; }

    /// <summary>Context length used in training; 0 = unspecified.</summary>
    public int TrainedContext { get; init; }
}
