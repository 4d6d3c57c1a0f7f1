using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>Converts tensor data of any type to F32.</summary>
public static unsafe class Dequantizer
{
    /// <summary>Size of a row in bytes.</summary>
    public static long RowBytes(int type, long columns) => (long)GgmlApi.ggml_row_size(type, columns);

    /// <param name="type">ggml's type number of <paramref name="source"/>.</param>
    /// <param name="target">As many numbers as <paramref name="source"/> contains.</param>
    public static void ToFloat(int type, ReadOnlySpan<byte> source, Span<float> target)
    {
        if (RowBytes(type, target.Length) != source.Length)
        {
            throw new GgmlException($"{target.Length} numbers of type {type} are not {source.Length} bytes");
        }

        fixed (byte* from = source)
        fixed (float* to = target)
        {
            if (type == TensorTypes.F32)
            {
                source.CopyTo(new Span<byte>(to, source.Length));
            }
            else
            {
                var convert = GgmlApi.ggml_get_type_traits(type)->to_float;
                if (convert is null)
                {
                    throw new GgmlException($"numbers of type {type} cannot be made F32");
                }

                convert(from, to, target.Length);
            }
        }
    }
}
