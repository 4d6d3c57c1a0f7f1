using System.Runtime.InteropServices;
using Ilab.Engine.Serving.Generation;
using Ilab.Http.Calls;

namespace Ilab.Http.Generating;

/// <summary>What requests do with embeddings.</summary>
internal static class Embeddings
{
    /// <summary>The first numbers of a vector, at length 1 again; all of them if <paramref name="dimensions"/> is null.</summary>
    /// <exception cref="ProblemException">400: the vector is shorter.</exception>
    public static float[] Shorten(TextEmbedding embedding, long? dimensions)
    {
        float[] values = [.. embedding.Values];
        if (dimensions is not { } length)
        {
            return values;
        }

        if (length > values.Length)
        {
            throw ProblemException.Invalid($"dimensions is {length}, but embeddings of this model have {values.Length}", "dimensions");
        }

        values = values[..(int)length];
        var norm = Math.Sqrt(values.Sum(static value => (double)value * value));
        return norm > 0 ? [.. values.Select(value => (float)(value / norm))] : values;
    }

    /// <summary>Little-endian 32-bit floats in base64.</summary>
    public static string Base64(float[] values) => Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan()));
}
