using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>
/// Functions of each number, and their gradients. A SILU node of ggml is marked, so that ggml's backward pass makes the node of the gradient for it; then the
/// computation of both is replaced. Targets may alias a source.
/// </summary>
internal static unsafe class PointKernels
{
    private const int Width = Lanes.Width;

    /// <summary>Where the mark and the numbers are in a node's parameters, behind those of custom nodes.</summary>
    private const int KindAt = 32,
        NumbersAt = 36,
        BlockAt = 48;

    public static void Mark(GgmlTensor* node, in PointFunction function)
    {
        *(int*)(node->op_params + KindAt) = (int)function.Kind;
        var numbers = (float*)(node->op_params + NumbersAt);
        (numbers[0], numbers[1], numbers[2]) = (function.First, function.Second, function.Third);
        *(nint*)(node->op_params + BlockAt) = function.Block;
    }

    /// <summary>The function that a node is marked with.</summary>
    public static PointFunction MarkOf(GgmlTensor* node)
    {
        var numbers = (float*)(node->op_params + NumbersAt);
        return node->op != GgmlOp.Unary
            ? default
            : new PointFunction((PointKind)(*(int*)(node->op_params + KindAt)), numbers[0], numbers[1], numbers[2])
            {
                Block = *(nint*)(node->op_params + BlockAt),
            };
    }

    public static void Install(GgmlTensor* node, in PointFunction function, bool isGradient)
    {
        if (function.Kind == PointKind.Experts)
        {
            ExpertKernels.Install(node, function.Block, isGradient);
            return;
        }

        CustomNode.Install(node, isGradient ? &Backward : &Forward, 0);
        Mark(node, function);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Forward(GgmlTensor* node, int thread, int threads, nint data) => Compute(node, thread, threads, isGradient: false);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Backward(GgmlTensor* node, int thread, int threads, nint data) => Compute(node, thread, threads, isGradient: true);

    private static void Compute(GgmlTensor* node, int thread, int threads, bool isGradient)
    {
        var numbers = (float*)(node->op_params + NumbersAt);
        var share = CustomNode.Share(new Tensor(node).Elements, thread, threads, Width);
        switch ((PointKind)(*(int*)(node->op_params + KindAt)))
        {
            case PointKind.Gelu:
                Run(default(Gelu), node, share, isGradient);
                break;
            case PointKind.ExactGelu:
                Run(default(ExactGelu), node, share, isGradient);
                break;
            case PointKind.SquaredRelu:
                Run(default(SquaredRelu), node, share, isGradient);
                break;
            case PointKind.SoftCap:
                Run(new SoftCap(numbers[0], numbers[1]), node, share, isGradient);
                break;
            case PointKind.Clamp:
                Run(new Clamp(numbers[0]), node, share, isGradient);
                break;
            case PointKind.Sigmoid:
                Run(default(Logistic), node, share, isGradient);
                break;
            case PointKind.Xielu:
                Run(new Xielu(numbers[0], numbers[1], numbers[2]), node, share, isGradient);
                break;
            default:
                throw new InvalidOperationException("a node without a function");
        }
    }

    // Sources: x, or the gradient and x.
    private static void Run<T>(T function, GgmlTensor* node, (long First, long End) share, bool isGradient)
        where T : struct, IPoint
    {
        var target = (float*)node->data;
        var first = (float*)((GgmlTensor*)node->src[0])->data;
        if (isGradient)
        {
            Slopes(function, first, (float*)((GgmlTensor*)node->src[1])->data, target, share);
        }
        else
        {
            Values(function, first, target, share);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Values<T>(T function, float* x, float* target, (long First, long End) share)
        where T : struct, IPoint
    {
        var index = share.First;
        for (; index + Width <= share.End; index += Width)
        {
            function.Value(Vector512.Load(x + index)).Store(target + index);
        }

        if (index < share.End)
        {
            var count = (int)(share.End - index);
            Lanes.StorePart(function.Value(Lanes.LoadPart(x + index, count, 0)), target + index, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Slopes<T>(T function, float* gradient, float* x, float* target, (long First, long End) share)
        where T : struct, IPoint
    {
        var index = share.First;
        for (; index + Width <= share.End; index += Width)
        {
            (Vector512.Load(gradient + index) * function.Slope(Vector512.Load(x + index))).Store(target + index);
        }

        if (index < share.End)
        {
            var count = (int)(share.End - index);
            Lanes.StorePart(Lanes.LoadPart(gradient + index, count, 0) * function.Slope(Lanes.LoadPart(x + index, count, 0)), target + index, count);
        }
    }
}
