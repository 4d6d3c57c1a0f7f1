using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>
/// Matrix multiplications in which one dimension is a LoRA rank: those of adapters and of their gradients. BLAS libraries are optimized for large matrices and
/// spend more time preparing these than computing them; here every number of the large matrix is read once, without transposing or copying.
/// </summary>
public static unsafe class NarrowProduct
{
    /// <summary>The maximum rank.</summary>
    public const int Widest = 64;

    private const long LeastWork = 50_000;

    private enum Kind
    {
        None,

        /// <summary>The rank is the inner dimension: up-projection.</summary>
        Depth,

        /// <summary>The rank is the row length of the target.</summary>
        Columns,

        /// <summary>The rank is the number of rows of the target.</summary>
        Rows,
    }

    /// <summary>Takes over a MUL_MAT or OUT_PROD of floats.</summary>
    /// <returns>False if the node is not suitable.</returns>
    public static bool TryInstall(Tensor node)
    {
        var tensor = node.Pointer;
        if (KindOf(tensor) == Kind.None)
        {
            return false;
        }

        CustomNode.Install(tensor, &Compute, tensor->op == GgmlOp.OutProd ? 1 : 0);
        return true;
    }

    /// <summary>Whether a node is a product with a small inner dimension, as computed by <see cref="RankUp"/>.</summary>
    internal static bool IsRankUp(GgmlTensor* node) => KindOf(node) == Kind.Depth;

    private static Kind KindOf(GgmlTensor* node)
    {
        GgmlTensor* a = (GgmlTensor*)node->src[0],
            b = (GgmlTensor*)node->src[1];
        if (node->op is not (GgmlOp.MulMat or GgmlOp.OutProd) || !IsMatrix(node) || !IsMatrix(a) || !IsMatrix(b) || GgmlApi.ggml_is_contiguous(node) == 0)
        {
            return Kind.None;
        }

        var product = new Product(node, a, b, node->op == GgmlOp.OutProd);
        return product.Rows * product.Columns * product.Depth < LeastWork ? Kind.None : KindOf(product);
    }

    private static Kind KindOf(in Product product) =>
        product switch
        {
            { Depth: <= Widest } when product.Depth <= product.Rows && product.Depth <= product.Columns => Kind.Depth,
            { Columns: <= Widest, LeftStep: 1 } => Kind.Columns,
            { Rows: <= Widest, RightStep: 1 } => Kind.Rows,
            _ => Kind.None,
        };

    private static bool IsMatrix(GgmlTensor* tensor) => tensor->type == TensorTypes.F32 && tensor->ne[2] == 1 && tensor->ne[3] == 1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Compute(GgmlTensor* node, int thread, int threads, nint data) => Compute(node, data != 0, thread, threads);

    /// <summary>Computes a thread's part of a node that was taken over.</summary>
    internal static void Compute(GgmlTensor* node, bool isOuter, int thread, int threads)
    {
        var product = new Product(node, (GgmlTensor*)node->src[0], (GgmlTensor*)node->src[1], isOuter);
        switch (KindOf(product))
        {
            case Kind.Depth:
                RankUp.Compute(product, isSum: false, thread, threads);
                break;
            case Kind.Columns:
                RankSum.Compute(product.RightIsNarrow(), product.Target, 1, product.Columns, thread, threads);
                break;
            case Kind.Rows:
                RankSum.Compute(product.LeftIsNarrow(), product.Target, product.Columns, 1, thread, threads);
                break;
            default:
                throw new InvalidOperationException("no dimension of the product is a rank");
        }
    }

    /// <summary>target[row, column] = sum over k of left(row, k) * right(k, column). Strides in floats.</summary>
    internal readonly struct Product
    {
        public readonly float* Left,
            Right,
            Target;
        public readonly long Rows,
            Columns,
            Depth;

        /// <summary>Strides between rows of the left matrix and between columns of the right one.</summary>
        public readonly long LeftStep,
            RightStep;

        /// <summary>Strides along k.</summary>
        public readonly long LeftDepthStep,
            RightDepthStep;

        /// <param name="node">The target.</param>
        /// <param name="a">ggml's first operand, which is the right one here.</param>
        /// <param name="b">ggml's second operand.</param>
        /// <param name="isOuter">OUT_PROD instead of MUL_MAT.</param>
        public Product(GgmlTensor* node, GgmlTensor* a, GgmlTensor* b, bool isOuter)
        {
            var (far, near) = isOuter ? (0, 1) : (1, 0);
            Left = (float*)b->data;
            Right = (float*)a->data;
            Target = (float*)node->data;
            (Rows, Columns, Depth) = (node->ne[1], node->ne[0], a->ne[near]);
            (LeftStep, LeftDepthStep) = ((long)b->nb[far] / sizeof(float), (long)b->nb[near] / sizeof(float));
            (RightStep, RightDepthStep) = ((long)a->nb[far] / sizeof(float), (long)a->nb[near] / sizeof(float));
        }

        public RankSum.Operands LeftIsNarrow() => new(Right, RightDepthStep, Columns, Left, LeftDepthStep, LeftStep, Rows, Depth);

        public RankSum.Operands RightIsNarrow() => new(Left, LeftDepthStep, Rows, Right, RightDepthStep, RightStep, Columns, Depth);
    }
}
