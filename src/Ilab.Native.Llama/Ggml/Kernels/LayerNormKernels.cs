using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>Layer norm without weights and its gradient, row by row: nodes of RMS norm whose epsilon is below zero.</summary>
internal static unsafe class LayerNormKernels
{
    private const int Width = Lanes.Width;

    /// <param name="epsilon">Above zero.</param>
    public static void Install(GgmlTensor* node, float epsilon, bool isGradient) =>
        CustomNode.Install(node, isGradient ? &Backward : &Forward, (nint)BitConverter.SingleToUInt32Bits(epsilon));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Forward(GgmlTensor* node, int thread, int threads, nint data)
    {
        var (columns, epsilon) = (node->ne[0], BitConverter.UInt32BitsToSingle((uint)data));
        var (first, end) = CustomNode.Share(node->Rows, thread, threads);
        for (var row = first; row < end; row++)
        {
            var x = (float*)((GgmlTensor*)node->src[0])->data + (row * columns);
            var (mean, root) = Moments(x, columns, epsilon);
            Scale(x, mean, root, (float*)node->data + (row * columns), columns);
        }
    }

    /// <summary>root * (gradient - mean(gradient) - y * mean(gradient * y)), where y is the normalized row.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Backward(GgmlTensor* node, int thread, int threads, nint data)
    {
        var (columns, epsilon) = (node->ne[0], BitConverter.UInt32BitsToSingle((uint)data));
        var (first, end) = CustomNode.Share(node->Rows, thread, threads);
        for (var row = first; row < end; row++)
        {
            float* gradient = (float*)((GgmlTensor*)node->src[0])->data + (row * columns),
                x = (float*)((GgmlTensor*)node->src[1])->data + (row * columns);
            var (mean, root) = Moments(x, columns, epsilon);
            var sum = Sum(gradient, columns);
            // sum(gradient * y) = root * (sum(gradient * x) - mean * sum(gradient))
            var along = root * (RowMath.Dot(gradient, x, columns) - (mean * sum)) / columns;
            Combine(gradient, (float)(sum / columns), x, (float)mean, (float)(along * root), (float)root, (float*)node->data + (row * columns), columns);
        }
    }

    private static (double Mean, double Root) Moments(float* x, long columns, float epsilon)
    {
        var mean = Sum(x, columns) / columns;
        return (mean, 1 / Math.Sqrt((Squares(x, (float)mean, columns) / columns) + epsilon));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Sum(float* x, long count)
    {
        var sums = Vector512<float>.Zero;
        var index = 0L;
        for (; index + Width <= count; index += Width)
        {
            sums += Vector512.Load(x + index);
        }

        var sum = (double)Vector512.Sum(sums);
        for (; index < count; index++)
        {
            sum += x[index];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Squares(float* x, float mean, long count)
    {
        var sums = Vector512<float>.Zero;
        var index = 0L;
        for (; index + Width <= count; index += Width)
        {
            var away = Vector512.Load(x + index) - Vector512.Create(mean);
            sums = Vector512.FusedMultiplyAdd(away, away, sums);
        }

        var sum = (double)Vector512.Sum(sums);
        for (; index < count; index++)
        {
            sum += (x[index] - mean) * (x[index] - mean);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(float* x, double mean, double root, float* target, long count)
    {
        var (less, factor) = ((float)mean, (float)root);
        var index = 0L;
        for (; index + Width <= count; index += Width)
        {
            ((Vector512.Load(x + index) - Vector512.Create(less)) * factor).Store(target + index);
        }

        for (; index < count; index++)
        {
            target[index] = (x[index] - less) * factor;
        }
    }

    /// <summary>((a - aLess) - (b - bLess) * share) * factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(float* a, float aLess, float* b, float bLess, float share, float factor, float* target, long count)
    {
        var index = 0L;
        for (; index + Width <= count; index += Width)
        {
            var away = Vector512.Load(b + index) - Vector512.Create(bLess);
            ((Vector512.Load(a + index) - Vector512.Create(aLess) - (away * share)) * factor).Store(target + index);
        }

        for (; index < count; index++)
        {
            target[index] = (a[index] - aLess - ((b[index] - bLess) * share)) * factor;
        }
    }
}
