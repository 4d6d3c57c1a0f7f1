using System.Numerics.Tensors;

namespace Ilab.Runner.Inference.Speculation;

/// <summary>
/// Whether the likeliest token would be the same if it were computed by itself. Matrix products of several rows round in another way than those of one.
/// </summary>
internal static class Margins
{
    /// <summary>Of the distance between the largest logit and the mean: beyond what rounding does.</summary>
    private const float Rounding = 0.02f;

    /// <param name="logits">Of all tokens.</param>
    /// <param name="best">The likeliest token.</param>
    public static bool IsClear(ReadOnlySpan<float> logits, int best)
    {
        var largest = logits[best];
        var mean = TensorPrimitives.Sum(logits) / logits.Length;
        var bound = largest - (Rounding * (largest - mean));
        return IsBelow(logits[..best], bound) && IsBelow(logits[(best + 1)..], bound);
    }

    private static bool IsBelow(ReadOnlySpan<float> logits, float bound) => logits.IsEmpty || TensorPrimitives.Max(logits) < bound;
}
