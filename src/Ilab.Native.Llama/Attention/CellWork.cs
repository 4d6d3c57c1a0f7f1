using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Attention;

/// <summary>The first tokens of a node of attention, computed by <see cref="CellAttention{T}"/> on all threads of the graph.</summary>
internal unsafe struct CellWork
{
    /// <summary>Tasks for each thread if there are several tokens, which may see different numbers of cells.</summary>
    private const int TasksPerThread = 2;

    private const int Mask = 3;

    /// <summary>One for each thread.</summary>
    public CellLane* Lanes;
    public AttentionFacts Facts;

    /// <summary>Number of the graph's computation.</summary>
    public long Graph;
    public long Tokens;

    private long _next;

    /// <summary>Does tasks until none is left.</summary>
    public void Run(GgmlTensor* node, int thread, int threads)
    {
        GgmlTensor* query = (GgmlTensor*)node->src[0],
            key = (GgmlTensor*)node->src[1];
        var groups = key->ne[2];
        var each = query->ne[2] / groups;
        var cuts = Math.Min(groups, Tokens == 1 ? threads : ((TasksPerThread * threads) + Tokens - 1) / Math.Max(1, Tokens));
        for (long task; (task = Interlocked.Increment(ref _next) - 1) < Tokens * cuts; )
        {
            var (row, cut) = (task / cuts, task % cuts);
            var (first, end) = (groups * cut / cuts, groups * (cut + 1) / cuts);
            Lanes[thread].Run(node, Facts, Graph, row, (each * first, each * (end - first)));
        }
    }
}

/// <summary>What one thread works with.</summary>
internal unsafe struct CellLane
{
    private VisibleCells _visible;
    private float* _room;
    private nuint _size;

    /// <summary>Computes some heads of a token.</summary>
    public void Run(GgmlTensor* node, in AttentionFacts facts, long graph, long row, (long First, long Count) heads)
    {
        GgmlTensor* key = (GgmlTensor*)node->src[1],
            value = (GgmlTensor*)node->src[2];
        var sight = _visible.Find(graph, (GgmlTensor*)node->src[3], row, key->ne[1]);
        if (WideFloats.IsSupported && CellAttention<WideFloats>.Fits(key->ne[0], value->ne[0]))
        {
            CellAttention<WideFloats>.Run(node, facts, row, heads, sight, Room(CellAttention<WideFloats>.RoomOf(node, heads.Count, sight.Count)));
        }
        else
        {
            CellAttention<NarrowFloats>.Run(node, facts, row, heads, sight, Room(CellAttention<NarrowFloats>.RoomOf(node, heads.Count, sight.Count)));
        }
    }

    public void Free()
    {
        NativeMemory.AlignedFree(_room);
        _visible.Free();
        this = default;
    }

    private float* Room(nuint floats)
    {
        if (floats > _size)
        {
            NativeMemory.AlignedFree(_room);
            _size = floats + (floats / 2);
            _room = (float*)NativeMemory.AlignedAlloc(_size * sizeof(float), 64);
        }

        return _room;
    }
}

/// <summary>The lanes of the threads that compute the graphs of one backend, one graph after the other.</summary>
internal sealed unsafe class CellLanes : IDisposable
{
    private CellLane* _lanes;
    private int _count;
    private long _graph;

    /// <summary>Begins another graph. Nothing of the one before is used any more.</summary>
    /// <param name="threads">Maximum number of threads for it.</param>
    public void Begin(int threads)
    {
        _graph++;
        if (_count < threads)
        {
            Free();
            _lanes = (CellLane*)NativeMemory.AllocZeroed((nuint)threads, (nuint)sizeof(CellLane));
            _count = threads;
        }
    }

    /// <param name="node">As it was before it was taken over.</param>
    /// <param name="tokens">So many of its first tokens are to be computed.</param>
    public CellWork Work(GgmlTensor* node, long tokens) =>
        new()
        {
            Lanes = _lanes,
            Facts = AttentionFacts.Of(node),
            Graph = _graph,
            Tokens = tokens,
        };

    public void Dispose() => Free();

    private void Free()
    {
        for (var lane = 0; lane < _count; lane++)
        {
            _lanes[lane].Free();
        }

        NativeMemory.Free(_lanes);
        _lanes = null;
        _count = 0;
    }
}
