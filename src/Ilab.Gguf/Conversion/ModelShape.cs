namespace Ilab.Gguf.Conversion;

/// <summary>The measures and constants of a model, whatever the format they were read from. Lengths are in values.</summary>
public sealed record ModelShape
{
    public required ModelFamily Family { get; init; }

    public required int Embedding { get; init; }

    public required int FeedForward { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    public required int KvHeads { get; init; }

    public required int HeadDimension { get; init; }

    public required int Vocabulary { get; init; }

    /// <summary>Tokens.</summary>
    public required int ContextLength { get; init; }

    public double RmsEpsilon { get; init; } = 1e-5;

    public double RopeBase { get; init; } = 10_000;

    public RopeScaling? RopeScaling { get; init; }

    /// <summary>The output matrix is that of the embedding.</summary>
    public bool TiesEmbedding { get; init; }

    public GraniteScales? Granite { get; init; }

    /// <summary>Whether the head's length is not the usual embedding / heads.</summary>
    public bool HasOwnHeadDimension => HeadDimension * Heads != Embedding;
}

/// <summary>How rotary positions are stretched.</summary>
/// <param name="Kind"><c>linear</c>, <c>yarn</c> or <c>llama3</c>.</param>
/// <param name="Factor">How many times longer.</param>
/// <param name="OriginalContext">Tokens it was trained with, or 0.</param>
/// <param name="LowFrequency">llama3: factor of the long waves.</param>
/// <param name="HighFrequency">llama3: factor of the short waves.</param>
public sealed record RopeScaling(string Kind, double Factor, int OriginalContext, double LowFrequency = 1, double HighFrequency = 4)
{
    /// <summary>llama3: what each frequency is divided by.</summary>
    public float[] Llama3Factors(double ropeBase, int headDimension)
    {
        var factors = new float[headDimension / 2];
        for (var index = 0; index < factors.Length; index++)
        {
            var wave = 2 * Math.PI * Math.Pow(ropeBase, 2.0 * index / headDimension);
            factors[index] =
                wave < OriginalContext / HighFrequency ? 1
                : wave > OriginalContext / LowFrequency ? (float)Factor
                : (float)(1 / Blend((OriginalContext / wave - LowFrequency) / (HighFrequency - LowFrequency)));
        }

        return factors;

        double Blend(double smooth) => ((1 - smooth) / Factor) + smooth;
    }
}

/// <summary>Granite's multipliers.</summary>
public sealed record GraniteScales(double Attention, double Embedding, double Residual, double Logits);
