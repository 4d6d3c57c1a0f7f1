using System.Runtime.InteropServices;

namespace Ilab.Http.Generating;

/// <summary>Embeddings as text.</summary>
internal static class Vectors
{
    /// <summary>Little-endian 32-bit floats in base64.</summary>
    public static string Base64(IReadOnlyList<float> values) => Convert.ToBase64String(MemoryMarshal.AsBytes(values.ToArray().AsSpan()));
}
