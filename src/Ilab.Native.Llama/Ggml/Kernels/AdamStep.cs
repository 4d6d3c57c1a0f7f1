using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>
/// An AdamW step fused with gradient clipping: each number is read and written once, while ggml first writes a clipped gradient and processes the parameter one
/// number at a time.
/// </summary>
internal static unsafe class AdamStep
{
    private const int ClipSource = 5;

    /// <param name="node">An AdamW node of ggml with contiguous tensors.</param>
    /// <param name="clip">Factor of the gradient, one number.</param>
    public static void Install(GgmlTensor* node, GgmlTensor* clip)
    {
        CustomNode.Install(node, &Compute, 0);
        node->src[ClipSource] = (nint)clip;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute(GgmlTensor* node, int thread, int threads, nint data)
    {
        float* value = Data(node, 0),
            gradient = Data(node, 1),
            m = Data(node, 2),
            v = Data(node, 3);
        var step = new Step(Data(node, 4), *Data(node, ClipSource));
        var (index, end) = CustomNode.Share(new Tensor(node).Elements, thread, threads, Lanes.Width);
        for (; index + Lanes.Width <= end; index += Lanes.Width)
        {
            var (next, first, second) = step.Move(
                Vector512.Load(value + index),
                Vector512.Load(gradient + index),
                Vector512.Load(m + index),
                Vector512.Load(v + index)
            );
            next.Store(value + index);
            first.Store(m + index);
            second.Store(v + index);
        }

        if (index < end)
        {
            var count = (int)(end - index);
            var (next, first, second) = step.Move(
                Lanes.LoadPart(value + index, count, 0),
                Lanes.LoadPart(gradient + index, count, 0),
                Lanes.LoadPart(m + index, count, 0),
                Lanes.LoadPart(v + index, count, 0)
            );
            Lanes.StorePart(next, value + index, count);
            Lanes.StorePart(first, m + index, count);
            Lanes.StorePart(second, v + index, count);
        }
    }

    private static float* Data(GgmlTensor* node, int source) => (float*)((GgmlTensor*)node->src[source])->data;

    /// <param name="numbers">As in <see cref="GgmlContext.AdamW"/>.</param>
    private readonly struct Step(float* numbers, float clip)
    {
        private readonly Vector512<float> _rate = Vector512.Create(numbers[0]),
            _beta1 = Vector512.Create(numbers[1]),
            _beta2 = Vector512.Create(numbers[2]);
        private readonly Vector512<float> _rest1 = Vector512.Create(1 - numbers[1]),
            _rest2 = Vector512.Create(1 - numbers[2]),
            _epsilon = Vector512.Create(numbers[3]);
        private readonly Vector512<float> _kept = Vector512.Create(1 - (numbers[0] * numbers[4])),
            _correction1 = Vector512.Create(numbers[5]),
            _correction2 = Vector512.Create(numbers[6]);
        private readonly Vector512<float> _clip = Vector512.Create(clip);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector512<float> Value, Vector512<float> M, Vector512<float> V) Move(
            Vector512<float> value,
            Vector512<float> gradient,
            Vector512<float> m,
            Vector512<float> v
        )
        {
            var clipped = gradient * _clip;
            m = Vector512.FusedMultiplyAdd(m, _beta1, clipped * _rest1);
            v = Vector512.FusedMultiplyAdd(v, _beta2, clipped * clipped * _rest2);
            var direction = m * _correction1 / (Vector512.Sqrt(v * _correction2) + _epsilon);
            return ((value * _kept) - (_rate * direction), m, v);
        }
    }
}
