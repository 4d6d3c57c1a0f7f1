using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ilab.Native.OneDnn.Coded;

/// <summary>The inner loops of <see cref="CodedTask"/>: one tile of 16 columns by up to four rows.</summary>
internal static unsafe class CodedKernel
{
    private const int Codes = CodedWeight.Tile * BlockCodes.Block,
        Fours = BlockCodes.Block / 4,
        Half = 32; // bytes of four weights of eight columns

    /// <param name="weights">A tile.</param>
    /// <param name="activations">A group.</param>
    /// <param name="blocks">Blocks of both.</param>
    /// <param name="rows">1 to 4.</param>
    /// <param name="target">16 values for each row.</param>
    /// <param name="stride">Values from one row of the target to the next.</param>
    public static void Multiply<T>(byte* weights, byte* activations, long blocks, int rows, float* target, long stride)
        where T : struct, IMinimum
    {
        if (rows > 2)
        {
            Four<T>(weights, activations, blocks, rows, target, stride);
        }
        else if (rows == 2)
        {
            Two<T>(weights, activations, blocks, target, stride);
        }
        else
        {
            One<T>(weights, activations, blocks, target);
        }
    }

    private static void Four<T>(byte* weights, byte* activations, long blocks, int rows, float* target, long stride)
        where T : struct, IMinimum
    {
        Vector256<float> f00 = default,
            f01 = default,
            f02 = default,
            f03 = default,
            f10 = default,
            f11 = default,
            f12 = default,
            f13 = default;
        for (; blocks > 0; blocks--)
        {
            var sums = (int*)(activations + (CodedActivations.Group * BlockCodes.Block));
            var (i00, i01, i02, i03) = (Vector256.Create(sums[0]), Vector256.Create(sums[1]), Vector256.Create(sums[2]), Vector256.Create(sums[3]));
            var (i10, i11, i12, i13) = (i00, i01, i02, i03);
            var codes = weights;
            var numbers = (int*)activations;
            for (var four = 0; four < Fours; four++, codes += 2 * Half, numbers++)
            {
                var (w0, w1) = (Vector256.Load(codes), Vector256.Load(codes + Half));
                var y = Spread(numbers);
                i00 = AvxVnni.MultiplyWideningAndAdd(i00, w0, y);
                i10 = AvxVnni.MultiplyWideningAndAdd(i10, w1, y);
                y = Spread(numbers + Fours);
                i01 = AvxVnni.MultiplyWideningAndAdd(i01, w0, y);
                i11 = AvxVnni.MultiplyWideningAndAdd(i11, w1, y);
                y = Spread(numbers + (2 * Fours));
                i02 = AvxVnni.MultiplyWideningAndAdd(i02, w0, y);
                i12 = AvxVnni.MultiplyWideningAndAdd(i12, w1, y);
                y = Spread(numbers + (3 * Fours));
                i03 = AvxVnni.MultiplyWideningAndAdd(i03, w0, y);
                i13 = AvxVnni.MultiplyWideningAndAdd(i13, w1, y);
            }

            var scales = (float*)(sums + CodedActivations.Group);
            var (d0, d1) = (Vector256.Load((float*)(weights + Codes)), Vector256.Load((float*)(weights + Codes) + 8));
            var (s0, s1, s2, s3) = (Vector256.Create(scales[0]), Vector256.Create(scales[1]), Vector256.Create(scales[2]), Vector256.Create(scales[3]));
            f00 = Add(f00, i00, d0 * s0);
            f01 = Add(f01, i01, d0 * s1);
            f02 = Add(f02, i02, d0 * s2);
            f03 = Add(f03, i03, d0 * s3);
            f10 = Add(f10, i10, d1 * s0);
            f11 = Add(f11, i11, d1 * s1);
            f12 = Add(f12, i12, d1 * s2);
            f13 = Add(f13, i13, d1 * s3);
            if (T.IsThere)
            {
                var (m0, m1) = (Vector256.Load((float*)(weights + Codes) + 16), Vector256.Load((float*)(weights + Codes) + 24));
                (s0, s1, s2, s3) = (Vector256.Create(scales[4]), Vector256.Create(scales[5]), Vector256.Create(scales[6]), Vector256.Create(scales[7]));
                f00 = Fma.MultiplyAdd(m0, s0, f00);
                f01 = Fma.MultiplyAdd(m0, s1, f01);
                f02 = Fma.MultiplyAdd(m0, s2, f02);
                f03 = Fma.MultiplyAdd(m0, s3, f03);
                f10 = Fma.MultiplyAdd(m1, s0, f10);
                f11 = Fma.MultiplyAdd(m1, s1, f11);
                f12 = Fma.MultiplyAdd(m1, s2, f12);
                f13 = Fma.MultiplyAdd(m1, s3, f13);
            }

            weights += CodedWeight.BlockBytes(T.IsThere);
            activations += CodedActivations.BlockBytes;
        }

        Store(target, f00, f10);
        Store(target + stride, f01, f11);
        Store(target + (2 * stride), f02, f12);
        if (rows == 4)
        {
            Store(target + (3 * stride), f03, f13);
        }
    }

    /// <summary>Even and odd fours add up apart, so that no addition waits for the one before.</summary>
    private static void Two<T>(byte* weights, byte* activations, long blocks, float* target, long stride)
        where T : struct, IMinimum
    {
        Vector256<float> f00 = default,
            f01 = default,
            f10 = default,
            f11 = default;
        for (; blocks > 0; blocks--)
        {
            var sums = (int*)(activations + (CodedActivations.Group * BlockCodes.Block));
            var (i00, i01) = (Vector256.Create(sums[0]), Vector256.Create(sums[1]));
            var (i10, i11) = (i00, i01);
            Vector256<int> j00 = default,
                j01 = default,
                j10 = default,
                j11 = default;
            var codes = weights;
            var numbers = (int*)activations;
            for (var four = 0; four < Fours; four += 2, codes += 4 * Half, numbers += 2)
            {
                var (y, z) = (Spread(numbers), Spread(numbers + Fours));
                var (w0, w1) = (Vector256.Load(codes), Vector256.Load(codes + Half));
                i00 = AvxVnni.MultiplyWideningAndAdd(i00, w0, y);
                i10 = AvxVnni.MultiplyWideningAndAdd(i10, w1, y);
                i01 = AvxVnni.MultiplyWideningAndAdd(i01, w0, z);
                i11 = AvxVnni.MultiplyWideningAndAdd(i11, w1, z);
                (y, z) = (Spread(numbers + 1), Spread(numbers + Fours + 1));
                (w0, w1) = (Vector256.Load(codes + (2 * Half)), Vector256.Load(codes + (3 * Half)));
                j00 = AvxVnni.MultiplyWideningAndAdd(j00, w0, y);
                j10 = AvxVnni.MultiplyWideningAndAdd(j10, w1, y);
                j01 = AvxVnni.MultiplyWideningAndAdd(j01, w0, z);
                j11 = AvxVnni.MultiplyWideningAndAdd(j11, w1, z);
            }

            var scales = (float*)(sums + CodedActivations.Group);
            var (d0, d1) = (Vector256.Load((float*)(weights + Codes)), Vector256.Load((float*)(weights + Codes) + 8));
            var (s0, s1) = (Vector256.Create(scales[0]), Vector256.Create(scales[1]));
            f00 = Add(f00, i00 + j00, d0 * s0);
            f01 = Add(f01, i01 + j01, d0 * s1);
            f10 = Add(f10, i10 + j10, d1 * s0);
            f11 = Add(f11, i11 + j11, d1 * s1);
            if (T.IsThere)
            {
                var (m0, m1) = (Vector256.Load((float*)(weights + Codes) + 16), Vector256.Load((float*)(weights + Codes) + 24));
                (s0, s1) = (Vector256.Create(scales[4]), Vector256.Create(scales[5]));
                f00 = Fma.MultiplyAdd(m0, s0, f00);
                f01 = Fma.MultiplyAdd(m0, s1, f01);
                f10 = Fma.MultiplyAdd(m1, s0, f10);
                f11 = Fma.MultiplyAdd(m1, s1, f11);
            }

            weights += CodedWeight.BlockBytes(T.IsThere);
            activations += CodedActivations.BlockBytes;
        }

        Store(target, f00, f10);
        Store(target + stride, f01, f11);
    }

    private static void One<T>(byte* weights, byte* activations, long blocks, float* target)
        where T : struct, IMinimum
    {
        Vector256<float> f0 = default,
            f1 = default;
        for (; blocks > 0; blocks--)
        {
            var sums = (int*)(activations + (CodedActivations.Group * BlockCodes.Block));
            var i0 = Vector256.Create(sums[0]);
            var i1 = i0;
            Vector256<int> j0 = default,
                j1 = default;
            var codes = weights;
            var numbers = (int*)activations;
            for (var four = 0; four < Fours; four += 2, codes += 4 * Half, numbers += 2)
            {
                var (y, z) = (Spread(numbers), Spread(numbers + 1));
                i0 = AvxVnni.MultiplyWideningAndAdd(i0, Vector256.Load(codes), y);
                i1 = AvxVnni.MultiplyWideningAndAdd(i1, Vector256.Load(codes + Half), y);
                j0 = AvxVnni.MultiplyWideningAndAdd(j0, Vector256.Load(codes + (2 * Half)), z);
                j1 = AvxVnni.MultiplyWideningAndAdd(j1, Vector256.Load(codes + (3 * Half)), z);
            }

            var scales = (float*)(sums + CodedActivations.Group);
            var scale = Vector256.Create(scales[0]);
            f0 = Add(f0, i0 + j0, Vector256.Load((float*)(weights + Codes)) * scale);
            f1 = Add(f1, i1 + j1, Vector256.Load((float*)(weights + Codes) + 8) * scale);
            if (T.IsThere)
            {
                scale = Vector256.Create(scales[4]);
                f0 = Fma.MultiplyAdd(Vector256.Load((float*)(weights + Codes) + 16), scale, f0);
                f1 = Fma.MultiplyAdd(Vector256.Load((float*)(weights + Codes) + 24), scale, f1);
            }

            weights += CodedWeight.BlockBytes(T.IsThere);
            activations += CodedActivations.BlockBytes;
        }

        Store(target, f0, f1);
    }

    /// <summary>Four numbers for all columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Spread(int* numbers) => Vector256.Create(*numbers).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<float> sum, Vector256<int> products, Vector256<float> scale) =>
        Fma.MultiplyAdd(Avx.ConvertToVector256Single(products), scale, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector256<float> left, Vector256<float> right)
    {
        left.Store(target);
        right.Store(target + 8);
    }
}
