using Google.Protobuf.Collections;

namespace Ilab.Runner.Inference.Embeddings;

/// <summary>One vector of an embedding.</summary>
internal static class EmbeddingVector
{
    /// <summary>Appends it, normalized to length 1 unless it is to stay raw; a vector of zeros stays one.</summary>
    public static void AddTo(RepeatedField<float> sum, ReadOnlySpan<float> values, bool isRaw)
    {
        var square = 0.0;
        foreach (var value in values)
        {
            square += (double)value * value;
        }

        var factor = isRaw || square <= 0 ? 1 : 1 / Math.Sqrt(square);
        sum.Capacity = sum.Count + values.Length;
        foreach (var value in values)
        {
            sum.Add((float)(value * factor));
        }
    }
}
