using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>
/// A number for each head that takes a share of a softmax. It stands in the parameters of the node, behind those of custom nodes; ggml's own softmax does
/// not see it.
/// </summary>
/// <param name="Tensor">F32 [heads], or none.</param>
/// <param name="Group">Heads whose rows alternate in a matrix.</param>
internal readonly unsafe record struct Sinks(nint Tensor, int Group)
{
    private const int TensorAt = 32,
        GroupAt = 40;

    public bool IsThere => Tensor != 0;

    public static Sinks Of(GgmlTensor* node) => new(*(nint*)(node->op_params + TensorAt), *(int*)(node->op_params + GroupAt));

    public void Mark(GgmlTensor* node)
    {
        *(nint*)(node->op_params + TensorAt) = Tensor;
        *(int*)(node->op_params + GroupAt) = Group;
    }

    /// <summary>That of a row.</summary>
    /// <param name="line">Of the row in its matrix.</param>
    /// <param name="matrix">One for each head of keys.</param>
    public float At(long line, long matrix) => ((float*)((GgmlTensor*)Tensor)->data)[(matrix * Group) + (line % Group)];
}
