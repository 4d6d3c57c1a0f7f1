namespace Ilab.Engine.Serving.Devices;

/// <summary>Memory a runner needs, in bytes, estimated before it starts. Replaced by what the runner measures after loading.</summary>
public sealed record MemoryPlan(long Weights, long KvCache, long Compute)
{
    /// <summary>A runner's own code and heap, without any model.</summary>
    public const long Process = 96L << 20;

    /// <summary>Tokens of a text that is embedded, as far as memory is planned for it.</summary>
    private const int UsualText = 2048;

    public long Total => Weights + KvCache + Compute + Process;

    /// <summary>Estimates for a cache of <paramref name="contexts"/> contexts of <paramref name="contextLength"/> tokens each.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="contextLength">Tokens per sequence.</param>
    /// <param name="contexts">Full contexts in the cache.</param>
    /// <param name="microBatch">Tokens per step.</param>
    public static MemoryPlan For(ModelShape shape, int contextLength, int contexts, int microBatch)
    {
        // Keys and values, two bytes per element (f16).
        var perToken = 2L * 2 * shape.Layers * shape.KvHeads * shape.HeadDimension;
        // The largest step holds logits for every token and several activations of the width of the residual stream and of the feed-forward layer (about four
        // times as wide), all in f32.
        var compute = 4L * microBatch * (shape.Vocabulary + (16L * shape.Embedding));
        return new MemoryPlan(shape.Weights, perToken * contextLength * contexts, compute);
    }

    /// <summary>Bytes of the context that makes embeddings of texts of usual length; that of longer ones is measured when it is made.</summary>
    public static long Embeddings(ModelShape shape, int contextLength)
    {
        var tokens = Math.Min(contextLength, UsualText);
        var perToken = 2L * 2 * shape.Layers * shape.KvHeads * shape.HeadDimension;
        return tokens * (perToken + (4L * 16 * shape.Embedding));
    }

    /// <summary>
    /// Context length per sequence: the requested one, else the configured one, else the model's up to 8192. Exceeds the training context only on explicit
    /// request.
    /// </summary>
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
