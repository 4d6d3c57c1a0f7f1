namespace Ilab.Engine.Serving.Devices;

/// <summary>What of a model decides how much memory it needs.</summary>
public sealed record ModelShape
{
    /// <summary>Bytes of the weight files.</summary>
    public long Weights { get; init; }

    /// <summary>Elements of the weights; 0 = not known.</summary>
    public long Parameters { get; init; }

    public int Layers { get; init; }

    /// <summary>Key/value heads of a layer.</summary>
    public int KvHeads { get; init; }

    /// <summary>Elements of one head.</summary>
    public int HeadDimension { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public int Embedding { get; init; }

    /// <summary>Tokens of the vocabulary.</summary>
    public int Vocabulary { get; init; }

    /// <summary>Bytes that the accelerator's copies of all matrices would take; 0 = not known.</summary>
    public long PackedWeights { get; init; }

    /// <summary>Tokens the model was trained for; 0 = the file does not say.</summary>
    public int TrainedContext { get; init; }
}
