using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>
/// Vectorized versions of row-wise training operations that ggml computes one number at a time. They may work in place, so they are installed after a graph is
/// allocated: ggml's memory layout for its own operations fits them.
/// </summary>
public static unsafe class RowKernels
{
    /// <returns>Number of nodes taken over.</returns>
    /// <exception cref="GgmlException">A node that is marked as one of this process's functions cannot be computed by it.</exception>
    public static int Install(GgmlGraph graph)
    {
        // The node of a gradient has no mark: it is known by what the function was applied to.
        var functions = new Dictionary<nint, PointFunction>();
        foreach (var node in graph.Nodes)
        {
            if (PointKernels.MarkOf(node.Pointer) is { Kind: not PointKind.None } function)
            {
                functions[node.Pointer->src[0]] = function;
            }
        }

        return graph.Nodes.Count(node => TryInstall(node.Pointer, functions));
    }

    private static bool TryInstall(GgmlTensor* node, Dictionary<nint, PointFunction> functions)
    {
        GgmlTensor* first = (GgmlTensor*)node->src[0],
            second = (GgmlTensor*)node->src[1];
        var parameters = (float*)node->op_params;
        var parameter = (nint)BitConverter.SingleToUInt32Bits(parameters[0]);
        switch (node->op)
        {
            case GgmlOp.Unary when PointKernels.MarkOf(node) is { Kind: not PointKind.None } function:
                RequirePlain(node, first, first);
                PointKernels.Install(node, function, isGradient: false);
                return true;
            case GgmlOp.SiluBack when functions.TryGetValue((nint)second, out var function):
                RequirePlain(node, first, second);
                PointKernels.Install(node, function, isGradient: true);
                return true;
            case GgmlOp.RmsNorm when parameters[0] < 0:
                RequirePlain(node, first, first);
                LayerNormKernels.Install(node, -parameters[0], isGradient: false);
                return true;
            case GgmlOp.RmsNormBack when parameters[0] < 0:
                RequirePlain(node, first, second);
                LayerNormKernels.Install(node, -parameters[0], isGradient: true);
                return true;
            case GgmlOp.SiluBack when ArePlain(node, first, second):
                CustomNode.Install(node, &SiluBack, 0);
                return true;
            case GgmlOp.RmsNormBack when ArePlain(node, first, second):
                CustomNode.Install(node, &RmsNormBack, parameter);
                return true;
            case GgmlOp.SoftMaxBack when ArePlain(node, first, second):
                CustomNode.Install(node, &SoftMaxBack, parameter);
                return true;
            case GgmlOp.SoftMax when Sinks.Of(node) is { IsThere: true } sinks:
                RequirePlain(node, first, first);
                CustomNode.Install(node, &SoftMax, parameter);
                sinks.Mark(node);
                return true;
            case GgmlOp.SoftMax
                when parameters[1] == 0
                    && node->src[2] == 0
                    && second != null
                    && ArePlain(node, first, first)
                    && second->type == TensorTypes.F32
                    && GgmlApi.ggml_is_contiguous(second) != 0:
                CustomNode.Install(node, &SoftMax, parameter);
                return true;
            default:
                return false;
        }
    }

    private static void RequirePlain(GgmlTensor* node, GgmlTensor* first, GgmlTensor* second)
    {
        if (!ArePlain(node, first, second))
        {
            throw new GgmlException($"{new Tensor(node)} cannot be computed by a function of this process");
        }
    }

    private static bool ArePlain(GgmlTensor* node, GgmlTensor* first, GgmlTensor* second) =>
        IsPlain(node, node) && IsPlain(first, node) && IsPlain(second, node);

    private static bool IsPlain(GgmlTensor* tensor, GgmlTensor* node) =>
        tensor->type == TensorTypes.F32 && GgmlApi.ggml_is_contiguous(tensor) != 0 && new Tensor(tensor).HasShapeOf(new Tensor(node));

    private static float Parameter(nint data) => BitConverter.UInt32BitsToSingle((uint)data);

    /// <summary>gradient * s * (1 + x * (1 - s)), where s is the sigmoid of x.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SiluBack(GgmlTensor* node, int thread, int threads, nint data)
    {
        float* gradient = (float*)((GgmlTensor*)node->src[0])->data,
            x = (float*)((GgmlTensor*)node->src[1])->data,
            target = (float*)node->data;
        var (first, end) = CustomNode.Share(new Tensor(node).Elements, thread, threads, Lanes.Width);
        var index = first;
        for (; index + Lanes.Width <= end; index += Lanes.Width)
        {
            Derivative(Vector512.Load(x + index), Vector512.Load(gradient + index)).Store(target + index);
        }

        if (index < end)
        {
            var count = (int)(end - index);
            Lanes.StorePart(Derivative(Lanes.LoadPart(x + index, count, 0), Lanes.LoadPart(gradient + index, count, 0)), target + index, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Derivative(Vector512<float> x, Vector512<float> gradient)
    {
        var s = Lanes.Sigmoid(x);
        return gradient * s * Vector512.FusedMultiplyAdd(x, Vector512<float>.One - s, Vector512<float>.One);
    }

    /// <summary>(gradient - x * sum(x * gradient) / (sum(x * x) + n * epsilon)) / sqrt(mean(x * x) + epsilon), row by row.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RmsNormBack(GgmlTensor* node, int thread, int threads, nint data)
    {
        var (columns, epsilon) = (node->ne[0], Parameter(data));
        var (first, end) = CustomNode.Share(node->Rows, thread, threads);
        for (var row = first; row < end; row++)
        {
            float* gradient = (float*)((GgmlTensor*)node->src[0])->data + (row * columns),
                x = (float*)((GgmlTensor*)node->src[1])->data + (row * columns);
            var (squares, products) = (RowMath.Dot(x, x, columns), RowMath.Dot(x, gradient, columns));
            var root = 1 / MathF.Sqrt((float)(squares / columns) + epsilon);
            RowMath.Combine(gradient, root, x, (float)(-root * products / (squares + (epsilon * columns))), (float*)node->data + (row * columns), columns);
        }
    }

    /// <summary>scale * y * (gradient - sum(y * gradient)), row by row.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void SoftMaxBack(GgmlTensor* node, int thread, int threads, nint data)
    {
        var (columns, scale) = (node->ne[0], Parameter(data));
        var (first, end) = CustomNode.Share(node->Rows, thread, threads);
        for (var row = first; row < end; row++)
        {
            float* gradient = (float*)((GgmlTensor*)node->src[0])->data + (row * columns),
                y = (float*)((GgmlTensor*)node->src[1])->data + (row * columns);
            RowMath.Weigh(gradient, (float)RowMath.Dot(y, gradient, columns), y, scale, (float*)node->data + (row * columns), columns);
        }
    }

    /// <summary>softmax(scale * x + mask), row by row; skips masked positions at the end of a row.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void SoftMax(GgmlTensor* node, int thread, int threads, nint data)
    {
        var (columns, scale) = (node->ne[0], Parameter(data));
        GgmlTensor* source = (GgmlTensor*)node->src[0],
            mask = (GgmlTensor*)node->src[1];
        var (first, end) = CustomNode.Share(node->Rows, thread, threads);
        var sinks = Sinks.Of(node);
        for (var row = first; row < end; row++)
        {
            var (line, matrix) = (row % node->ne[1], row / node->ne[1]);
            var allowed = (float*)(
                mask->data
                + (line * (long)mask->nb[1])
                + (matrix % node->ne[2] % mask->ne[2] * (long)mask->nb[2])
                + (matrix / node->ne[2] % mask->ne[3] * (long)mask->nb[3])
            );
            var sink = sinks.IsThere ? sinks.At(line, matrix % node->ne[2]) : float.NegativeInfinity;
            RowMath.SoftMax((float*)source->data + (row * columns), allowed, scale, (float*)node->data + (row * columns), columns, sink);
        }
    }
}
