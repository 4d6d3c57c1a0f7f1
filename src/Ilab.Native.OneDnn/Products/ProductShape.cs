using Ilab.Native.OneDnn.Interop;

namespace Ilab.Native.OneDnn.Products;

/// <summary>What is multiplied: BF16 halves the memory and doubles the speed, F32 keeps every digit that F32 and F16 weights have.</summary>
internal enum Precision
{
    Bfloat16,
    Single,
}

/// <summary>The layout of the weights: as the file has them, or as the product likes them best.</summary>
internal enum WeightLayout
{
    Rows,
    Packed,

    /// <summary>Row after row of the product's weights themselves: the file's matrix is used the other way round.</summary>
    Turned,
}

/// <summary>target[rows x columns] = source[rows x depth] x weights[depth x columns].</summary>
internal readonly record struct ProductShape(long Rows, long Columns, long Depth, Precision Precision, WeightLayout Layout)
{
    /// <summary>
    /// Rows that a primitive is made for, at least as many as there are: a few sizes serve all batches. In strict mode there is one size for all small
    /// batches, so that a row's digits do not depend on how many others it travels with.
    /// </summary>
    public static long Round(long rows) =>
        rows switch
        {
            <= 16 => rows,
            <= 64 => Up(rows, 8),
            <= 128 => Up(rows, 16),
            <= 512 => Up(rows, 32),
            _ => Up(rows, 128),
        };

    private static long Up(long value, long step) => (value + step - 1) / step * step;
}

internal static class PrecisionExtensions
{
    public static int DataType(this Precision precision) => precision == Precision.Bfloat16 ? OneDnnApi.Bfloat16 : OneDnnApi.Float32;

    /// <summary>Bytes of an element.</summary>
    public static int Size(this Precision precision) => precision == Precision.Bfloat16 ? sizeof(ushort) : sizeof(float);
}
