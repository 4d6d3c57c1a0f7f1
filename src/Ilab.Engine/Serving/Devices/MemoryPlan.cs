namespace Ilab.Engine.Serving.Devices;

/// <summary>The memory a runner will need, in bytes, estimated before it starts. Corrected by what the runner measures after loading.</summary>
public sealed record MemoryPlan(long Weights, long KvCache, long Compute)
{
    /// <summary>A runner's own code and heap, without any model.</summary>
    public const long Process = 96L << 20;

    public long Total => Weights + KvCache + Compute + Process;

    /// <summary>Estimates for <paramref name="parallel"/> sequences of <paramref name="contextLength"/> tokens each.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="contextLength">Tokens of one sequence.</param>
    /// <param name="parallel">Sequences that decode together.</param>
    /// <param name="microBatch">Tokens computed in one step.</param>
    public static MemoryPlan For(ModelShape shape, int contextLength, int parallel, int microBatch)
    {
        // Keys and values, two bytes per element (f16).
        var perToken = 2L * 2 * shape.Layers * shape.KvHeads * shape.HeadDimension;
        // The widest step holds logits of every token and a handful of activations as wide as the residual stream
        // and the feed-forward layer (about four times as wide), all in f32.
        var compute = 4L * microBatch * (shape.Vocabulary + (16L * shape.Embedding));
        return new MemoryPlan(shape.Weights, perToken * contextLength * parallel, compute);
    }

    /// <summary>The context of one sequence: what was asked for, else the configured one, else the model's own up to 8192.
    /// Only an explicit wish goes above what the model was trained for.</summary>
    public static int ChooseContext(int asked, int configured, int trained)
    {
        if (asked > 0)
        {
            return asked;
        }

        var own = trained > 0 ? trained : 4096;
        return Math.Min(configured > 0 ? configured : 8192, own);
    }
}
