using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ilab.Native.OneDnn.Coded;

/// <summary>
/// Rows of activations as whole numbers of 8 bits, with a scale for each 32 of them as in ggml's own products. The blocks of four rows lie side by side; a
/// group that is not full has fewer.
/// </summary>
internal static unsafe class CodedActivations
{
    /// <summary>Rows that lie together.</summary>
    public const int Group = 4;

    /// <summary>Bytes of one block of a group: numbers; for each row the sum that the weights' offset adds, the scale, and the scaled sum.</summary>
    public const int BlockBytes = Group * (BlockCodes.Block + sizeof(int) + sizeof(float) + sizeof(float));

    /// <param name="source">Rows of floats, one after the other.</param>
    /// <param name="rows">How many, at most <see cref="Group"/>.</param>
    /// <param name="depth">Values of a row.</param>
    /// <param name="offset">Of the weights' codes.</param>
    /// <param name="target">Blocks of a group.</param>
    public static void Quantize(float* source, int rows, long depth, int offset, byte* target)
    {
        for (var block = 0L; block < depth / BlockCodes.Block; block++, target += BlockBytes)
        {
            var sums = (int*)(target + (Group * BlockCodes.Block));
            var scales = (float*)(sums + Group);
            for (var row = 0; row < rows; row++)
            {
                var sum = Quantize(source + (row * depth) + (block * BlockCodes.Block), (sbyte*)target + (row * BlockCodes.Block), out var scale);
                (sums[row], scales[row], scales[Group + row]) = (-offset * sum, scale, scale * sum);
            }

            if (rows == Group - 1)
            {
                // Kernels read this row too: what was left there, taken for floats, may be denormal, and slow.
                (sums[rows], scales[rows], scales[Group + rows]) = (0, 0, 0);
            }
        }
    }

    /// <returns>The sum of the numbers.</returns>
    private static int Quantize(float* values, sbyte* numbers, out float scale)
    {
        var (a, b, c, d) = (Vector256.Load(values), Vector256.Load(values + 8), Vector256.Load(values + 16), Vector256.Load(values + 24));
        var largest = Vector256.Max(Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d)));
        var half = Vector128.Max(largest.GetLower(), largest.GetUpper());
        half = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(2, 3, 0, 1)));
        var most = MathF.Max(half[0], half[1]);
        scale = most / 127f;
        var inverse = Vector256.Create(most > 0 ? 127f / most : 0);
        var (e, f, g, h) = (Round(a * inverse), Round(b * inverse), Round(c * inverse), Round(d * inverse));
        Vector256.Narrow(Vector256.Narrow(e, f), Vector256.Narrow(g, h)).Store(numbers);
        return Vector256.Sum(e + f + (g + h));
    }

    private static Vector256<int> Round(Vector256<float> values) => Avx.ConvertToVector256Int32(values); // to the nearest, ties to even
}
