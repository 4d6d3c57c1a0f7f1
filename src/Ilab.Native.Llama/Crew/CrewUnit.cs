using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Attention;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Crew;

/// <summary>What a unit's node is.</summary>
internal enum CrewWork
{
    /// <summary>There is none: the graph ends.</summary>
    None,

    /// <summary>A product of a weight and one row, cut up by rows of the weight.</summary>
    Product,

    /// <summary>The same, but not computed by ggml.</summary>
    OtherProduct,

    /// <summary>Attention of one token, cut up by groups of heads.</summary>
    Attention,
}

/// <summary>
/// Nodes that one thread computes, and a node behind them that is cut into parts. Everything that a part reads is either the model's or the cache's, which stay
/// where they are, or was copied: a thread that comes too late reads what may be of another step by now, which does no harm, as nobody takes its result.
/// </summary>
internal unsafe struct CrewUnit
{
    /// <summary>The first of the nodes for one thread.</summary>
    public int First;

    /// <summary>Behind the last of them: the node that is cut up.</summary>
    public int Node;

    public CrewWork Work;
    public int Parts;

    /// <summary>Index of the first part's state.</summary>
    public int FirstState;

    /// <summary>Rows of a weight, or groups of heads.</summary>
    public long Size;

    /// <summary>Cuts are at multiples of this number.</summary>
    public long Grain;
    public AttentionFacts Facts;
    public CrewProduct Product;
    public CrewCopy Input;
    public CrewCopy Mask;

    /// <summary>Where the node's result belongs.</summary>
    public byte* Output;

    /// <returns>Which rows or groups a part has.</returns>
    public readonly (long First, long Count) Range(int part)
    {
        var grains = Size / Grain;
        var first = grains * part / Parts * Grain;
        return (first, (part == Parts - 1 ? Size : grains * (part + 1) / Parts * Grain) - first);
    }
}

/// <summary>Bytes that are copied before the parts begin.</summary>
internal unsafe struct CrewCopy
{
    public byte* From;
    public byte* To;
    public nuint Size;

    public readonly void Make()
    {
        if (Size > 0)
        {
            NativeMemory.Copy(From, To, Size);
        }
    }
}

/// <summary>A node, and its sources behind it.</summary>
[InlineArray(Count)]
internal struct CrewTensors
{
    public const int Count = 6;
    private GgmlTensor _first;
}
