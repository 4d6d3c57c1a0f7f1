using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>Converts F32 to storage types.</summary>
public static unsafe class Quantizer
{
    /// <param name="type">ggml's type number; must not require an importance matrix.</param>
    /// <param name="source">Complete rows.</param>
    /// <param name="target">As many bytes as these rows take.</param>
    public static void FromFloat(int type, ReadOnlySpan<float> source, long columns, Span<byte> target)
    {
        var rows = source.Length / columns;
        if (rows * columns != source.Length || Dequantizer.RowBytes(type, columns) * rows != target.Length)
        {
            throw new GgmlException($"{source.Length} numbers in rows of {columns} are not {target.Length} bytes of type {type}");
        }

        fixed (float* from = source)
        fixed (byte* to = target)
        {
            GgmlApi.ggml_quantize_chunk(type, from, to, 0, rows, columns, null);
        }
    }
}
