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
    /// <param name="extras">What some families have besides.</param>
    /// <exception cref="GgmlException">The shapes do not fit.</exception>
    public ExpertBlock(
        (Tensor Router, Tensor Gate, Tensor Up, Tensor Down) weights,
        Tensor bias,
        int used,
        bool normalizes,
        float scale,
        ExpertExtras extras = default
    )
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
            || !Fits(extras.Router, router[1], 1)
            || !Fits(extras.Gate, up[1], up[2])
            || !Fits(extras.Up, up[1], up[2])
            || !Fits(extras.Down, up[0], up[2])
            || !extras.Groups.Fits(router[1], used)
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
            RouterBias = extras.Router.Pointer,
            GateBias = extras.Gate.Pointer,
            UpBias = extras.Up.Pointer,
            DownBias = extras.Down.Pointer,
            IsBound = extras.IsBound,
            IsSigmoid = extras.IsSigmoid,
            WeighsInputs = extras.WeighsInputs,
            Groups = extras.Groups,
        };
    }

    internal nint Data => _facts != null ? (nint)_facts : throw new ObjectDisposedException(nameof(ExpertBlock));

    public void Dispose()
    {
        NativeMemory.Free(_facts);
        _facts = null;
    }

    private static bool Fits(Tensor bias, long length, long experts) => bias.IsNull || (bias[0] == length && bias.Elements == length * experts);
}

/// <summary>What some mixtures of experts have besides their matrices; a tensor that is null is not there.</summary>
/// <param name="Router">Added to the scores: [experts].</param>
/// <param name="Gate">Added to the gates: [length, experts].</param>
/// <param name="Up">Added to the ways up: [length, experts].</param>
/// <param name="Down">Added to the results: [width, experts].</param>
public readonly record struct ExpertExtras(Tensor Router, Tensor Gate, Tensor Up, Tensor Down)
{
    /// <summary>Gates g are at most 7, ways up u between -7 and 7, and together they make g * sigmoid(1.702 g) * (u + 1).</summary>
    public bool IsBound { get; init; }

    /// <summary>Scores become probabilities each by its own sigmoid, not by a softmax over all.</summary>
    public bool IsSigmoid { get; init; }

    /// <summary>What an expert sees is multiplied by its weight, instead of what it makes.</summary>
    public bool WeighsInputs { get; init; }

    /// <summary>The experts are in groups of neighbours, of which a token goes to some.</summary>
    public ExpertGroups Groups { get; init; }
}

/// <summary>Groups of experts.</summary>
/// <param name="Count">0 = none.</param>
/// <param name="Used">How many a token goes to.</param>
/// <param name="Best">How many of the best experts of a group count for it.</param>
public readonly record struct ExpertGroups(int Count, int Used, int Best)
{
    internal bool Fits(long experts, int used) =>
        Count == 0
        || (Count > 0 && experts % Count == 0 && Used >= 1 && Used <= Count && Best >= 1 && Best <= experts / Count && used <= Used * (experts / Count));
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
    public GgmlTensor* RouterBias;
    public GgmlTensor* GateBias;
    public GgmlTensor* UpBias;
    public GgmlTensor* DownBias;
    public bool IsBound;
    public bool IsSigmoid;
    public bool WeighsInputs;
    public ExpertGroups Groups;

    /// <summary>What is added to the results of an expert's matrix, or zeros.</summary>
    public readonly void Added(GgmlTensor* bias, int expert, Span<float> target)
    {
        if (bias == null)
        {
            target.Clear();
            return;
        }

        fixed (float* values = target)
        {
            Row(bias, 0, expert, values);
        }
    }

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
