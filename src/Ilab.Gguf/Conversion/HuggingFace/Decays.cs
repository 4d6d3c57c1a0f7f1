namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>Decays of state-space layers: checkpoints have the logarithm, a GGUF what it is of.</summary>
public static class Decays
{
    private const int MostBits = 64;

    /// <summary>Beyond this the decay is nothing, or has no bounds.</summary>
    private const float Farthest = 128;

    /// <param name="logarithm">As the checkpoint has it.</param>
    public static float Of(float logarithm) => -(float)Math.Exp(logarithm);

    /// <summary>
    /// A logarithm that becomes this decay. Between -1 and 1 several do: the one with the fewest digits is taken, which is the one that was there if it came
    /// from half precision.
    /// </summary>
    public static float LogarithmOf(float decay)
    {
        if (decay >= 0 || !float.IsFinite(decay))
        {
            return decay is 0 ? -Farthest
                : float.IsNegativeInfinity(decay) ? Farthest
                : float.NaN;
        }

        var size = -(double)decay;
        var low = Edge((float)Math.Log((size + -MathF.BitIncrement(decay)) / 2), MathF.BitIncrement, decay);
        var high = Edge((float)Math.Log((size + -MathF.BitDecrement(decay)) / 2), MathF.BitDecrement, decay);
        return low <= high ? Roundest(low, high) : (float)Math.Log(size);
    }

    // The first number from there on that becomes the decay.
    private static float Edge(float start, Func<float, float> next, float decay)
    {
        var before = next == MathF.BitIncrement ? MathF.BitDecrement(start) : MathF.BitIncrement(start);
        for (var (value, tries) = (before, 0); tries < 8; (value, tries) = (next(value), tries + 1))
        {
            if (Of(value) == decay)
            {
                return value;
            }
        }

        return next == MathF.BitIncrement ? float.PositiveInfinity : float.NegativeInfinity;
    }

    private static float Roundest(float low, float high)
    {
        if (low <= 0 && high >= 0)
        {
            return 0;
        }

        var unit = Math.ScaleB(1, Math.ILogB(Math.Max(Math.Abs(low), Math.Abs(high))));
        for (var bits = 0; bits < MostBits; bits++, unit /= 2)
        {
            var number = Math.Ceiling(low / unit) * unit;
            if (number <= high)
            {
                return (float)number;
            }
        }

        return low;
    }
}
