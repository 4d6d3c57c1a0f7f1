using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>
/// GELU in single precision. ggml reads it from a table in half precision: results differ from the formula by up to 5e-4 of their size, and where two
/// computations of the same differ in their last digit (a base with an adapter, and the two merged), neighbours in the table make a thousand times as much
/// of it.
/// </summary>
/// <param name="isExact">Whether it is the form of the error function; ggml's graphs do not tell the two apart.</param>
internal sealed unsafe class GeluNodes(bool isExact)
{
    private const int Operation = 0,
        Swapped = 1; // places in the parameters of a node, as whole numbers

    private const int Unary = 8, // GGML_UNARY_OP_GELU
        Gated = 1; // GGML_GLU_OP_GEGLU

    private const int Exact = 8; // beside the form
    private const long Piece = 1024;

    private SavedNode[] _saved = new SavedNode[64];
    private int _count;

    private enum Form
    {
        /// <summary>Of one operand.</summary>
        Alone,

        /// <summary>Of the first operand, times the second.</summary>
        Pair,

        /// <summary>Of the first half of each row, times the second half.</summary>
        Halves,

        /// <summary>The other way round.</summary>
        SwappedHalves,
    }

    /// <summary>Takes over the nodes of a graph that compute GELU.</summary>
    public void Install(GgmlTensor** nodes, int count)
    {
        for (var index = 0; index < count; index++)
        {
            if (FormOf(nodes[index]) is { } form)
            {
                Save(nodes[index]);
                CustomNode.Install(nodes[index], &Compute, (int)form | (isExact ? Exact : 0));
            }
        }
    }

    /// <summary>Restores the original nodes: llama.cpp computes a graph several times.</summary>
    public void Restore()
    {
        for (; _count > 0; _count--)
        {
            ref var saved = ref _saved[_count - 1];
            saved.Node->op = saved.Op;
            fixed (byte* parameters = saved.Parameters)
            {
                Unsafe.CopyBlock(saved.Node->op_params, parameters, SavedNode.Length);
            }
        }
    }

    private static Form? FormOf(GgmlTensor* node)
    {
        var numbers = (int*)node->op_params;
        GgmlTensor* first = (GgmlTensor*)node->src[0],
            second = (GgmlTensor*)node->src[1];
        Form? form = node->op switch
        {
            GgmlOp.Unary when numbers[Operation] == Unary => Form.Alone,
            GgmlOp.Glu when numbers[Operation] == Gated => second != null ? Form.Pair
            : numbers[Swapped] != 0 ? Form.SwappedHalves
            : Form.Halves,
            _ => null,
        };
        return form is null || !HasFloatRows(node) || !HasFloatRows(first) || (second != null && !HasFloatRows(second)) ? null : form;
    }

    private static bool HasFloatRows(GgmlTensor* tensor) => tensor->type == 0 && tensor->nb[0] == sizeof(float);

    private void Save(GgmlTensor* node)
    {
        if (_count == _saved.Length)
        {
            Array.Resize(ref _saved, _count * 2);
        }

        ref var saved = ref _saved[_count++];
        saved.Node = node;
        saved.Op = node->op;
        fixed (byte* parameters = saved.Parameters)
        {
            Unsafe.CopyBlock(parameters, node->op_params, SavedNode.Length);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Compute(GgmlTensor* node, int thread, int threads, nint data)
    {
        var (form, isExact) = ((Form)(data & ~Exact), (data & Exact) != 0);
        GgmlTensor* source = (GgmlTensor*)node->src[0],
            other = form == Form.Pair ? (GgmlTensor*)node->src[1] : source;
        var columns = node->ne[0];
        var pieces = (columns + Piece - 1) / Piece;
        var (first, end) = CustomNode.Share(node->Rows * pieces, thread, threads);
        for (var item = first; item < end; item++)
        {
            var (row, from) = (item / pieces, item % pieces * Piece);
            var x = Row(source, row) + from + (form == Form.SwappedHalves ? columns : 0);
            var factor = form == Form.Alone ? null : Row(other, row) + from + (form == Form.Halves ? columns : 0);
            var target = Row(node, row) + from;
            var length = Math.Min(Piece, columns - from);
            if (isExact)
            {
                Values(default(ExactGelu), x, factor, target, length);
            }
            else
            {
                Values(default(Gelu), x, factor, target, length);
            }
        }
    }

    private static float* Row(GgmlTensor* tensor, long row) =>
        (float*)(
            tensor->data
            + (row % tensor->ne[1] * (long)tensor->nb[1])
            + (row / tensor->ne[1] % tensor->ne[2] * (long)tensor->nb[2])
            + (row / tensor->ne[1] / tensor->ne[2] * (long)tensor->nb[3])
        );

    // The same digits wherever a piece begins, so that the number of threads does not matter.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Values<T>(T function, float* x, float* factor, float* target, long count)
        where T : struct, IPoint
    {
        long index = 0;
        for (; index + Lanes.Width <= count; index += Lanes.Width)
        {
            var value = function.Value(Vector512.Load(x + index));
            (factor == null ? value : value * Vector512.Load(factor + index)).Store(target + index);
        }

        if (index < count)
        {
            var rest = (int)(count - index);
            var value = function.Value(Lanes.LoadPart(x + index, rest, 0));
            Lanes.StorePart(factor == null ? value : value * Lanes.LoadPart(factor + index, rest, 0), target + index, rest);
        }
    }

    private struct SavedNode
    {
        public const int Length = 64;

        public GgmlTensor* Node;
        public int Op;
        public fixed byte Parameters[Length];
    }
}
