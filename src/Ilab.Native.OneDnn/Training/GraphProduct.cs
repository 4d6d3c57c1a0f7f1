using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Training;

/// <summary>
/// One matrix product of a training graph: target[rows x columns] = source[rows x depth] x weights[depth x columns], once or for many pairs of matrices.
/// Plain data at an address that stays; what runs it on ggml's threads allocates nothing.
/// </summary>
internal unsafe struct GraphProduct
{
    /// <summary>Which of the node's sources is the source, and which the weights.</summary>
    public int SourceIndex;

    public int WeightsIndex;
    public MatrixView Source;
    public MatrixView Weights;
    public long Depth;
    public long Columns;
    public Precision Precision;
    public long Products;
    public long Products2;
    public long TargetNext2;
    public long TargetNext3;

    /// <summary>Weights that never change, ready for use; null = they are read from the tensor.</summary>
    public byte* Packed;

    public delegate* unmanaged[Cdecl]<int, void> SetOpenMpThreads;
    public int SliceCount;
    public GraphSlice* Slices;

    /// <summary>Not 0 = a status of oneDNN.</summary>
    public int Failed;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Run(GgmlTensor* node, int thread, int threads, GraphProduct* product)
    {
        if (product->SetOpenMpThreads != null)
        {
            product->SetOpenMpThreads(1);
        }

        if (product->Products > 1)
        {
            // Each slice is a thread's share of the pairs.
            for (var slice = thread; slice < product->SliceCount; slice += threads)
            {
                for (long index = slice; index < product->Products; index += product->SliceCount)
                {
                    product->Multiply(node, product->Slices + slice, index);
                }
            }

            return;
        }

        for (var slice = thread; slice < product->SliceCount; slice += threads)
        {
            product->Multiply(node, product->Slices + slice, 0);
        }
    }

    private void Multiply(GgmlTensor* node, GraphSlice* slice, long index)
    {
        var lane = slice->Lane;
        var source = Source.At(((GgmlTensor*)node->src[SourceIndex])->data, index, Products2) + (slice->FirstRow * Source.RowStep);
        var left = Operand(source, Source, slice->Rows, Depth, lane->Source.Data);
        void* right = Packed;
        if (right == null)
        {
            var weights = Weights.At(((GgmlTensor*)node->src[WeightsIndex])->data, index, Products2) + (slice->FirstColumn * Weights.ColumnStep);
            // One orientation is as good as the other to the product: what lies together stays together.
            right = Weights.IsRowMajor
                ? Operand(weights, Weights, Depth, slice->Columns, lane->Tile.Data)
                : Operand(weights, new MatrixView { RowStep = Weights.ColumnStep, ColumnStep = Weights.RowStep }, slice->Columns, Depth, lane->Tile.Data);
        }

        var target =
            (float*)(node->data + (index % Products2 * TargetNext2) + (index / Products2 * TargetNext3)) + (slice->FirstRow * Columns) + slice->FirstColumn;
        var isDirect = slice->Columns == Columns;
        var place = isDirect ? target : (float*)lane->Target.Data;
        var status = slice->Binding->Run(lane->Stream, left, right, place, lane->Scratchpad.Data);
        if (status != 0)
        {
            Failed = status;
            return;
        }

        for (var row = 0L; row < slice->Rows && !isDirect; row++)
        {
            Buffer.MemoryCopy(place + (row * slice->Columns), target + (row * Columns), slice->Columns * sizeof(float), slice->Columns * sizeof(float));
        }
    }

    /// <summary>The matrix row after row with nothing between, in the precision of the product; where it lies, when it is so already.</summary>
    private readonly void* Operand(float* data, in MatrixView view, long rows, long columns, byte* buffer)
    {
        if (view.ColumnStep == 1)
        {
            if (Precision == Precision.Single)
            {
                if (view.RowStep == columns)
                {
                    return data;
                }

                for (var row = 0L; row < rows; row++)
                {
                    Buffer.MemoryCopy(data + (row * view.RowStep), (float*)buffer + (row * columns), columns * sizeof(float), columns * sizeof(float));
                }

                return buffer;
            }

            if (view.RowStep == columns)
            {
                Bfloat16.Convert(data, (ushort*)buffer, rows * columns);
                return buffer;
            }

            for (var row = 0L; row < rows; row++)
            {
                Bfloat16.Convert(data + (row * view.RowStep), (ushort*)buffer + (row * columns), columns);
            }

            return buffer;
        }

        Turning.Turn(data, view.ColumnStep, rows, columns, buffer, Precision);
        return buffer;
    }
}

/// <summary>The part of a product that one lane does.</summary>
internal unsafe struct GraphSlice
{
    public LaneState* Lane;
    public Binding* Binding;
    public long FirstRow;
    public long Rows;
    public long FirstColumn;
    public long Columns;
}
