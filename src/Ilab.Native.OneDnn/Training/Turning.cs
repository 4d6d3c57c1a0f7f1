using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Training;

/// <summary>Turns matrices around while they are converted, sixteen rows and columns at a time.</summary>
internal static unsafe class Turning
{
    private const int Block = 16,
        Quarter = 4;
    private const byte Even = 0x88,
        Odd = 0xDD;

    /// <summary>Element (row, column) of the target is element row of line column of the source.</summary>
    /// <param name="lineStep">Elements from one line of the source to the next.</param>
    public static void Turn(float* source, long lineStep, long rows, long columns, byte* target, Precision precision)
    {
        float* block = stackalloc float[Block * Block];
        for (var row = 0L; row < rows; row += Block)
        {
            var high = (int)Math.Min(Block, rows - row);
            for (var column = 0L; column < columns; column += Block)
            {
                var wide = (int)Math.Min(Block, columns - column);
                var (from, to) = ((column * lineStep) + row, (row * columns) + column);
                if (high == Block && wide == Block && Avx512F.IsSupported)
                {
                    Whole(source + from, lineStep, target, to, columns, precision, block);
                }
                else
                {
                    Part(source + from, lineStep, (high, wide), target, to, columns, precision);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Whole(float* source, long lineStep, byte* target, long to, long columns, Precision precision, float* block)
    {
        // Four lines at a time: in each quarter of a vector, four by four numbers are turned.
        for (var line = 0; line < Block; line += Quarter)
        {
            var from = source + (line * lineStep);
            Vector512<float> a = Vector512.Load(from),
                b = Vector512.Load(from + lineStep),
                c = Vector512.Load(from + (2 * lineStep)),
                d = Vector512.Load(from + (3 * lineStep));
            Vector512<double> low1 = Avx512F.UnpackLow(a, b).AsDouble(),
                high1 = Avx512F.UnpackHigh(a, b).AsDouble();
            Vector512<double> low2 = Avx512F.UnpackLow(c, d).AsDouble(),
                high2 = Avx512F.UnpackHigh(c, d).AsDouble();
            var turned = block + (line * Block);
            Avx512F.UnpackLow(low1, low2).AsSingle().Store(turned);
            Avx512F.UnpackHigh(low1, low2).AsSingle().Store(turned + Block);
            Avx512F.UnpackLow(high1, high2).AsSingle().Store(turned + (2 * Block));
            Avx512F.UnpackHigh(high1, high2).AsSingle().Store(turned + (3 * Block));
        }

        // Then the quarters themselves change places.
        for (var index = 0; index < Quarter; index++)
        {
            var from = block + (index * Block);
            const int Next = Quarter * Block;
            Vector512<float> a = Vector512.Load(from),
                b = Vector512.Load(from + Next),
                c = Vector512.Load(from + (2 * Next)),
                d = Vector512.Load(from + (3 * Next));
            Vector512<float> even1 = Avx512F.Shuffle4x128(a, b, Even),
                odd1 = Avx512F.Shuffle4x128(a, b, Odd);
            Vector512<float> even2 = Avx512F.Shuffle4x128(c, d, Even),
                odd2 = Avx512F.Shuffle4x128(c, d, Odd);
            var row = to + (index * columns);
            Store(Avx512F.Shuffle4x128(even1, even2, Even), target, row, precision);
            Store(Avx512F.Shuffle4x128(odd1, odd2, Even), target, row + (Quarter * columns), precision);
            Store(Avx512F.Shuffle4x128(even1, even2, Odd), target, row + (2 * Quarter * columns), precision);
            Store(Avx512F.Shuffle4x128(odd1, odd2, Odd), target, row + (3 * Quarter * columns), precision);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> values, byte* target, long index, Precision precision)
    {
        if (precision == Precision.Single)
        {
            values.Store((float*)target + index);
        }
        else
        {
            Bfloat16.Round(values).Store((ushort*)target + index);
        }
    }

    private static void Part(float* source, long lineStep, (int High, int Wide) size, byte* target, long to, long columns, Precision precision)
    {
        for (var line = 0; line < size.Wide; line++)
        {
            for (var index = 0; index < size.High; index++)
            {
                var (value, place) = (source[(line * lineStep) + index], to + (index * columns) + line);
                if (precision == Precision.Single)
                {
                    ((float*)target)[place] = value;
                }
                else
                {
                    ((ushort*)target)[place] = Bfloat16.Of(value);
                }
            }
        }
    }
}
