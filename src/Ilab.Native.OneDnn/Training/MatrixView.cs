using Ilab.Native.Llama.Interop;

namespace Ilab.Native.OneDnn.Training;

/// <summary>A tensor seen as matrices: where element (row, column) of each lies, in elements from the first.</summary>
internal unsafe struct MatrixView
{
    public long RowStep;
    public long ColumnStep;

    /// <summary>Bytes from one matrix to the next, in both dimensions of matrices.</summary>
    public long Next2;

    public long Next3;

    /// <summary>How often each matrix serves: there are more products than matrices.</summary>
    public long Repeat2;

    public long Repeat3;

    public readonly bool IsRowMajor => ColumnStep == 1;

    /// <summary>The rows of the matrix are dimension 1 of the tensor, its columns dimension 0; or the other way round.</summary>
    public static MatrixView Of(GgmlTensor* tensor, bool turned, long products2, long products3)
    {
        var (first, second) = ((long)tensor->nb[0] / sizeof(float), (long)tensor->nb[1] / sizeof(float));
        return new MatrixView
        {
            RowStep = turned ? first : second,
            ColumnStep = turned ? second : first,
            Next2 = (long)tensor->nb[2],
            Next3 = (long)tensor->nb[3],
            Repeat2 = products2 / tensor->ne[2],
            Repeat3 = products3 / tensor->ne[3],
        };
    }

    /// <summary>Floats, of which either rows or columns lie together.</summary>
    public static bool IsUsable(GgmlTensor* tensor, long products2, long products3) =>
        tensor->type == 0
        && (tensor->nb[0] == sizeof(float) || tensor->nb[1] == sizeof(float))
        && products2 % tensor->ne[2] == 0
        && products3 % tensor->ne[3] == 0;

    /// <param name="index">Of the product, counted through both dimensions.</param>
    public readonly float* At(byte* data, long index, long products2) =>
        (float*)(data + (index % products2 / Repeat2 * Next2) + (index / products2 / Repeat3 * Next3));
}
