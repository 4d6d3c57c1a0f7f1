using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Threads;

/// <summary>
/// Attention of a single token, partitioned by heads. ggml partitions long caches by keys, one part per thread, and adds up the parts, so that results depend
/// on the number of threads. A head computed by one thread is the same for any number of threads. The computation itself is ggml's, on one single-threaded
/// backend per thread of the graph.
/// </summary>
internal sealed unsafe class HeadwiseAttention : IDisposable
{
    /// <summary>Number of keys from which ggml partitions them.</summary>
    private const long FewestKeys = 512;

    private const int AllThreads = -1,
        Mask = 3,
        Sinks = 4,
        F32 = 0,
        F16 = 1;
    private Saved* _saved;
    private int _capacity;
    private int _count;
    private HeadLane* _lanes;
    private int _laneCount;

    /// <summary>Takes over the nodes that ggml would partition by keys.</summary>
    /// <param name="threads">Maximum number of threads for the graph.</param>
    public void Install(GgmlTensor** nodes, int count, int threads)
    {
        for (var index = 0; index < count; index++)
        {
            if (nodes[index]->op == GgmlOp.FlashAttention && IsCutByKeys(nodes[index]))
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
        NativeMemory.Free(_saved);
        _saved = null;
    }

    private static bool IsCutByKeys(GgmlTensor* node)
    {
        GgmlTensor* query = (GgmlTensor*)node->src[0],
            key = (GgmlTensor*)node->src[1],
            value = (GgmlTensor*)node->src[2],
            mask = (GgmlTensor*)node->src[Mask];
        var bias = ((float*)node->op_params)[1]; // depends on the head's index, which is unknown for a subset of the heads
        return query->ne[1] == 1
            && query->ne[3] == 1
            && key->ne[1] >= FewestKeys
            && query->type == F32
            && key->type is F32 or F16
            && key->type == value->type
            && bias == 0
            && key->ne[2] == value->ne[2]
            && query->ne[2] % key->ne[2] == 0
            && (mask == null || mask->ne[2] == 1);
    }

    private void TakeOver(GgmlTensor* node, Saved* saved)
    {
        saved->Node = node;
        saved->Op = node->op;
        saved->Lanes = _lanes;
        Unsafe.CopyBlock(saved->Parameters, node->op_params, 64);
        *(nint*)node->op_params = (nint)(delegate* unmanaged[Cdecl]<GgmlTensor*, int, int, Saved*, void>)&Compute;
        *(int*)(node->op_params + 8) = AllThreads;
        *(Saved**)(node->op_params + 16) = saved;
        node->op = GgmlOp.Custom;
    }

    /// <summary>Makes room for another node and all threads; installed nodes keep their addresses.</summary>
    private void Reserve(int threads)
    {
        const int Nodes = 1024; // more than the layers of the largest models
        if (_saved == null)
        {
            _saved = (Saved*)NativeMemory.AllocZeroed(Nodes, (nuint)sizeof(Saved));
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
                _lanes[_laneCount].Backend = HeadLane.Open();
            }
        }
    }

    private void FreeLanes()
    {
        for (var lane = 0; lane < _laneCount; lane++)
        {
            GgmlApi.ggml_backend_free(_lanes[lane].Backend);
        }

        NativeMemory.Free(_lanes);
        _lanes = null;
        _laneCount = 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Compute(GgmlTensor* node, int thread, int threads, Saved* saved)
    {
        var (heads, groups) = (((GgmlTensor*)node->src[0])->ne[2], ((GgmlTensor*)node->src[1])->ne[2]);
        var each = heads / groups;
        var end = heads * (thread + 1) / threads;
        for (var first = heads * thread / threads; first < end; )
        {
            // Processes complete groups of heads that share keys together; for a split group, the part.
            var whole = first % each == 0 ? (end - first) / each : 0;
            var taken = whole > 0 ? whole * each : Math.Min(end - first, each - (first % each));
            saved->Lanes[thread].Run(saved, (first, taken), (first / each, Math.Max(1, whole)));
            first += taken;
        }
    }

    /// <summary>A node and its original state.</summary>
    private struct Saved
    {
        public GgmlTensor* Node;
        public HeadLane* Lanes;
        public int Op;
        public fixed byte Parameters[64];
    }

    /// <summary>Computes some heads of a node on the calling thread.</summary>
    private struct HeadLane
    {
        public nint Backend;
        private GgmlTensor _part;
        private GgmlTensor _query;
        private GgmlTensor _key;
        private GgmlTensor _value;
        private GgmlTensor _sinks;

        public static nint Open()
        {
            var backend = GgmlApi.ggml_backend_dev_init(GgmlApi.ggml_backend_dev_by_type(GgmlApi.CpuDevice), null);
            ((delegate* unmanaged[Cdecl]<nint, int, void>)ThreadPools.Function("ggml_backend_set_n_threads"))(backend, 1);
            return backend;
        }

        public void Run(Saved* saved, (long First, long Count) heads, (long First, long Count) groups)
        {
            var node = saved->Node;
            _part = *node;
            _part.op = saved->Op;
            Unsafe.CopyBlock(ref _part.op_params[0], ref saved->Parameters[0], 64);
            _part.ne[1] = heads.Count;
            _part.data += (ulong)heads.First * node->nb[1];
            fixed (
                GgmlTensor* part = &_part,
                    query = &_query,
                    key = &_key,
                    value = &_value,
                    sinks = &_sinks
            )
            {
                Slice((GgmlTensor*)node->src[0], query, 2, heads);
                Slice((GgmlTensor*)node->src[1], key, 2, groups);
                Slice((GgmlTensor*)node->src[2], value, 2, groups);
                (part->src[0], part->src[1], part->src[2]) = ((nint)query, (nint)key, (nint)value);
                if (node->src[Sinks] != 0)
                {
                    Slice((GgmlTensor*)node->src[Sinks], sinks, 0, heads);
                    part->src[Sinks] = (nint)sinks;
                }

                var nodes = part;
                var graph = new GraphView { n_nodes = 1, nodes = &nodes };
                _ = GgmlApi.ggml_backend_graph_compute(Backend, (nint)(&graph));
            }
        }

        private static void Slice(GgmlTensor* source, GgmlTensor* target, int dimension, (long First, long Count) range)
        {
            *target = *source;
            target->ne[dimension] = range.Count;
            target->data += (ulong)range.First * source->nb[dimension];
        }
    }
}
