using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.OneDnn.Products;

/// <summary>A matrix of weights in one of ggml's types, row after row, as the file has them.</summary>
/// <param name="data">First row.</param>
/// <param name="type">ggml's number.</param>
/// <param name="columns">Elements of a row.</param>
/// <param name="rows">How many rows.</param>
internal readonly unsafe struct WeightRows(byte* data, int type, long columns, long rows, bool isShort = false)
{
    private const int F32 = 0;
    private const int F16 = 1;
    private const int Bf16 = 30;

    public long Columns => columns;

    public long Rows => rows;

    public int Type => type;

    /// <summary>F16 has more digits than BF16: its products are made in F32.</summary>
    public Precision Precision => !isShort && (type is F32 or F16) ? Precision.Single : Precision.Bfloat16;

    /// <summary>Whether its type can be turned into floats.</summary>
    public static bool CanRead(int type) => type == F32 || GgmlApi.ggml_get_type_traits(type)->to_float != null;

    /// <summary>A row as the file has it.</summary>
    public byte* Row(long index) => data + (index * RowBytes(type, columns));

    public WeightRows Slice(long first, long count) => new(data + (first * RowBytes(type, columns)), type, columns, count, isShort);

    /// <summary>Writes all rows as <see cref="Precision"/> says.</summary>
    public void Convert(void* target)
    {
        var traits = GgmlApi.ggml_get_type_traits(type);
        var stride = RowBytes(type, columns);
        var floats = type is F32 or Bf16 || Precision == Precision.Single ? null : (float*)NativeMemory.Alloc((nuint)columns * sizeof(float));
        for (long row = 0; row < rows; row++)
        {
            var source = data + (row * stride);
            switch (type)
            {
                case F32 when Precision == Precision.Bfloat16:
                    Bfloat16.Convert((float*)source, (ushort*)target + (row * columns), columns);
                    break;
                case F32:
                    NativeMemory.Copy(source, (float*)target + (row * columns), (nuint)columns * sizeof(float));
                    break;
                case F16 when Precision == Precision.Single:
                    traits->to_float(source, (float*)target + (row * columns), columns);
                    break;
                case Bf16:
                    NativeMemory.Copy(source, (ushort*)target + (row * columns), (nuint)columns * sizeof(ushort));
                    break;
                default:
                    traits->to_float(source, floats, columns);
                    Bfloat16.Convert(floats, (ushort*)target + (row * columns), columns);
                    break;
            }
        }

        NativeMemory.Free(floats);
    }

    private static long RowBytes(int type, long columns) => (long)GgmlApi.ggml_row_size(type, columns);
}
