using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Attention;

/// <summary>
/// Attention of few tokens, partitioned by tokens and heads. ggml partitions long caches by keys, one part per thread, and adds up the parts, so that results
/// depend on the number of threads. A head computed by one thread is the same for any number of threads. And ggml looks at every cell of the cache for every
/// token and head, if only to skip it, which takes most of a step when many sequences share the cache: here only the cells that a token sees are looked at.
/// Keys and values in halves are computed by <see cref="CellAttention{T}"/>, everything else by ggml, on one single-threaded backend per thread of the graph.
/// </summary>
internal sealed unsafe class HeadwiseAttention : IDisposable
{
    /// <summary>Number of keys from which ggml partitions them.</summary>
    private const long FewestKeys = 512;

    /// <summary>From so many tokens of a sequence on ggml computes tiles, and skips those that no token of it sees.</summary>
    private const long FewestTiled = 64;

    private const int AllThreads = -1,
        Mask = 3,
        F32 = 0,
        F16 = 1;
    private readonly CellLanes _cells = new();
    private AttentionState* _saved;
    private int _capacity;
    private int _count;
    private HeadLane* _lanes;
    private int _laneCount;

    /// <summary>Takes over the nodes with few tokens.</summary>
    /// <param name="threads">Maximum number of threads for the graph.</param>
    public void Install(GgmlTensor** nodes, int count, int threads)
    {
        _cells.Begin(threads);
        for (var index = 0; index < count; index++)
        {
            if (nodes[index]->op == GgmlOp.FlashAttention && IsSuitable(nodes[index]) && (AttentionFacts.IsOurs(nodes[index]) || IsPartitioned(nodes[index])))
            {
                Reserve(threads);
                TakeOver(nodes[index], _saved + _count++);
            }
        }
    }

    /// <summary>Restores the original nodes.</summary>
    public void Restore()
    {
        for (; _count > 0; _count--)
        {
            var saved = _saved + _count - 1;
            saved->Node->op = saved->Op;
            Unsafe.CopyBlock(saved->Node->op_params, saved->Parameters, 64);
        }
    }

    public void Dispose()
    {
        FreeLanes();
        _cells.Dispose();
        NativeMemory.Free(_saved);
        _saved = null;
    }

    /// <summary>Whether a node was taken over.</summary>
    public static bool IsTakenOver(GgmlTensor* node) =>
        node->op == GgmlOp.Custom && *(nint*)node->op_params == (nint)(delegate* unmanaged[Cdecl]<GgmlTensor*, int, int, AttentionState*, void>)&Compute;

    /// <returns>The work on a node that was taken over and is not computed by ggml; null for any other.</returns>
    public static CellWork* WorkOf(GgmlTensor* node)
    {
        var state = IsTakenOver(node) ? *(AttentionState**)(node->op_params + 16) : null;
        return state == null || state->Cells.Lanes == null ? null : &state->Cells;
    }

    /// <summary>Whether tokens and heads may be computed apart.</summary>
    private static bool IsSuitable(GgmlTensor* node)
    {
        GgmlTensor* query = (GgmlTensor*)node->src[0],
            key = (GgmlTensor*)node->src[1],
            value = (GgmlTensor*)node->src[2],
            mask = (GgmlTensor*)node->src[Mask];
        var bias = ((float*)node->op_params)[1]; // depends on the head's index, which is unknown for a subset of the heads
        return query->ne[1] - StepRows.Single < FewestTiled
            && query->ne[3] == 1
            && (query->ne[1] == 1 || (mask != null && mask->type == F16))
            && query->type == F32
            && key->type is F32 or F16
            && key->type == value->type
            && bias == 0
            && key->ne[2] == value->ne[2]
            && query->ne[2] % key->ne[2] == 0
            && (mask == null || mask->ne[2] == 1);
    }

    /// <summary>Whether ggml would partition the keys.</summary>
    private static bool IsPartitioned(GgmlTensor* node) => ((GgmlTensor*)node->src[1])->ne[1] >= FewestKeys;

    private void TakeOver(GgmlTensor* node, AttentionState* saved)
    {
        saved->Node = node;
        saved->Op = node->op;
        saved->Lanes = _lanes;
        saved->Next = 0;
        saved->Cells = AttentionFacts.IsOurs(node) ? _cells.Work(node, ((GgmlTensor*)node->src[0])->ne[1]) : default;
        Unsafe.CopyBlock(saved->Parameters, node->op_params, 64);
        *(nint*)node->op_params = (nint)(delegate* unmanaged[Cdecl]<GgmlTensor*, int, int, AttentionState*, void>)&Compute;
        *(int*)(node->op_params + 8) = AllThreads;
        *(AttentionState**)(node->op_params + 16) = saved;
        node->op = GgmlOp.Custom;
    }

    /// <summary>Makes room for another node and all threads; installed nodes keep their addresses.</summary>
    private void Reserve(int threads)
    {
        const int Nodes = 1024; // more than the layers of the largest models
        if (_saved == null)
        {
            _saved = (AttentionState*)NativeMemory.AllocZeroed(Nodes, (nuint)sizeof(AttentionState));
            _capacity = Nodes;
        }

        if (_count == _capacity)
        {
            throw new LlamaException($"a graph has more than {_capacity} nodes of attention");
        }

        if (_laneCount < threads && _count == 0)
        {
            FreeLanes();
            _lanes = (HeadLane*)NativeMemory.AllocZeroed((nuint)threads, (nuint)sizeof(HeadLane));
            for (_laneCount = 0; _laneCount < threads; _laneCount++)
            {
                _lanes[_laneCount].Open();
            }
        }
    }

    private void FreeLanes()
    {
        for (var lane = 0; lane < _laneCount; lane++)
        {
            _lanes[lane].Close();
        }

        NativeMemory.Free(_lanes);
        _lanes = null;
        _laneCount = 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Compute(GgmlTensor* node, int thread, int threads, AttentionState* saved)
    {
        var query = (GgmlTensor*)node->src[0];
        var (heads, groups) = (query->ne[2], ((GgmlTensor*)node->src[1])->ne[2]);
        if (saved->Cells.Lanes != null)
        {
            saved->Cells.Run(node, thread, threads);
            return;
        }

        if (query->ne[1] > 1)
        {
            for (long row; (row = Interlocked.Increment(ref saved->Next) - 1) < query->ne[1]; )
            {
                saved->Lanes[thread].Run(saved, row, (0, heads), (0, groups));
            }

            return;
        }

        var each = heads / groups;
        var end = heads * (thread + 1) / threads;
        for (var first = heads * thread / threads; first < end; )
        {
            // Processes complete groups of heads that share keys together; for a split group, the part.
            var whole = first % each == 0 ? (end - first) / each : 0;
            var taken = whole > 0 ? whole * each : Math.Min(end - first, each - (first % each));
            saved->Lanes[thread].Run(saved, 0, (first, taken), (first / each, Math.Max(1, whole)));
            first += taken;
        }
    }
}
