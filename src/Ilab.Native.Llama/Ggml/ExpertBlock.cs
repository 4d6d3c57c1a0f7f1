using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>A mixture of frozen experts as a node of a graph. Lives as long as graphs that use it.</summary>
public sealed unsafe class ExpertBlock : IDisposable
{
    private ExpertFacts* _facts;

    /// <param name="weights">
    /// Of any type: the router [width, experts], gate and up [width, length, experts], down [length, width, experts].
    /// </param>
    /// <param name="bias">What is added to the router's probabilities for the choice alone; F32, or none.</param>
    /// <param name="used">How many experts a token goes to.</param>
    /// <param name="normalizes">Whether the weights of the chosen add up to one.</param>
    /// <param name="scale">Factor of the weights.</param>
    /// <exception cref="GgmlException">The shapes do not fit.</exception>
    public ExpertBlock((Tensor Router, Tensor Gate, Tensor Up, Tensor Down) weights, Tensor bias, int used, bool normalizes, float scale)
    {
        var (router, gate, up, down) = weights;
        if (
            router[0] != up[0]
            || router[1] != up[2]
            || !gate.HasShapeOf(up)
            || (down[0], down[1], down[2]) != (up[1], up[0], up[2])
            || used < 1
            || used > router[1]
            || (!bias.IsNull && (!bias.IsFloat || bias.Elements != router[1]))
        )
        {
            throw new GgmlException($"{router}, {gate}, {up} and {down} are no experts of which {used} are used");
        }

        _facts = (ExpertFacts*)NativeMemory.AllocZeroed((nuint)sizeof(ExpertFacts));
        *_facts = new ExpertFacts
        {
            Router = router.Pointer,
            Gate = gate.Pointer,
            Up = up.Pointer,
            Down = down.Pointer,
            Bias = bias.Pointer,
            Used = used,
            Normalizes = normalizes,
            Scale = scale,
        };
    }

    internal nint Data => _facts != null ? (nint)_facts : throw new ObjectDisposedException(nameof(ExpertBlock));

    public void Dispose()
    {
        NativeMemory.Free(_facts);
        _facts = null;
    }
}

/// <summary>Plain data at an address that stays.</summary>
internal unsafe struct ExpertFacts
{
    public GgmlTensor* Router;
    public GgmlTensor* Gate;
    public GgmlTensor* Up;
    public GgmlTensor* Down;
    public GgmlTensor* Bias;
    public int Used;
    public bool Normalizes;
    public float Scale;

    /// <summary>A row of an expert's matrix in single precision.</summary>
    public readonly void Row(GgmlTensor* matrix, int expert, long row, float* target)
    {
        var data = matrix->data + (expert * (long)matrix->nb[2]) + (row * (long)matrix->nb[1]);
        if (matrix->type == TensorTypes.F32)
        {
            Buffer.MemoryCopy(data, target, matrix->ne[0] * sizeof(float), matrix->ne[0] * sizeof(float));
        }
        else
        {
            GgmlApi.ggml_get_type_traits(matrix->type)->to_float(data, target, matrix->ne[0]);
        }
    }
}
