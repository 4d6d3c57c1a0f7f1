using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Threads;

/// <summary>
/// The thread pools of a CPU backend, kept while others are in use: the number of threads changes from one graph to the next. A pool has exactly its number of
/// threads: an extra thread would spin for milliseconds after each graph.
/// </summary>
internal sealed unsafe class ThreadPools(nint backend) : IDisposable
{
    private const int AllThreads = -1,
        MostPools = 3;
    private readonly List<Pool> _pools = [];
    private ThreadTimes? _caller;
    private int _used;

    /// <summary>Sets the number of threads for the next graph, including the caller.</summary>
    public void Use(int threads)
    {
        if (threads == _used)
        {
            return;
        }

        if (GgmlApi.CpuFunction("ggml_backend_cpu_set_threadpool") is var attach and not 0)
        {
            ((delegate* unmanaged[Cdecl]<nint, nint, void>)attach)(backend, threads > 1 ? Find(threads).Handle?.DangerousGetHandle() ?? 0 : 0);
        }

        ((delegate* unmanaged[Cdecl]<nint, int, void>)GgmlApi.CpuFunction("ggml_backend_set_n_threads"))(backend, threads);
        _used = threads;
        if (threads > 1 && _pools[0].Times.Count == 0)
        {
            Identify(_pools[0], threads);
        }
    }

    /// <summary>Total time that the threads in use have waited for CPUs; null if not reported by the kernel.</summary>
    public TimeSpan? Waited()
    {
        var own = SchedulerApi.gettid();
        if (_caller?.Thread != own)
        {
            _caller?.Dispose();
            _caller = new ThreadTimes(own);
        }

        var sum = _caller.Waited();
        var missing = sum < 0;
        if (_used > 1)
        {
            foreach (var thread in _pools[0].Times)
            {
                var waited = thread.Waited();
                missing |= waited < 0;
                sum += waited;
            }

            missing |= _pools[0].Times.Count < _used - 1;
        }

        return missing ? null : TimeSpan.FromTicks(sum / TimeSpan.NanosecondsPerTick);
    }

    public void Dispose()
    {
        foreach (var pool in _pools)
        {
            pool.Dispose();
        }

        _caller?.Dispose();
    }

    /// <summary>Most recently used pool first; the least recently used one is freed.</summary>
    private Pool Find(int threads)
    {
        var pool = _pools.Find(pool => pool.Threads == threads) ?? new Pool(threads, ThreadPoolHandle.TryCreate(threads), []);
        _pools.Remove(pool);
        _pools.Insert(0, pool);
        if (_pools.Count > MostPools)
        {
            _pools[^1].Dispose();
            _pools.RemoveAt(MostPools);
        }

        return pool;
    }

    /// <summary>Determines the id of each thread in a pool, with a graph of one node.</summary>
    private void Identify(Pool pool, int threads)
    {
        var numbers = stackalloc int[threads];
        new Span<int>(numbers, threads).Clear();
        var context = GgmlApi.ggml_init(new InitParams { mem_size = (4 * GgmlApi.ggml_tensor_overhead()) + GgmlApi.ggml_graph_overhead_custom(8, 0) });
        var node = GgmlApi.ggml_custom_4d(context, 0, 1, 1, 1, 1, null, 0, &TellNumber, AllThreads, numbers);
        var graph = GgmlApi.ggml_new_graph_custom(context, 8, 0);
        GgmlApi.ggml_build_forward_expand(graph, node);
        _ = GgmlApi.ggml_backend_graph_compute(backend, graph);
        GgmlApi.ggml_free(context);
        for (var thread = 1; thread < threads; thread++)
        {
            if (numbers[thread] != 0)
            {
                pool.Times.Add(new ThreadTimes(numbers[thread]));
            }
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static void TellNumber(GgmlTensor* node, int thread, int threads, void* numbers) => ((int*)numbers)[thread] = SchedulerApi.gettid();

    /// <param name="Handle">Null = the library has no pools: it creates threads for each graph.</param>
    /// <param name="Times">Times of each thread except the caller.</param>
    private sealed record Pool(int Threads, ThreadPoolHandle? Handle, List<ThreadTimes> Times) : IDisposable
    {
        public void Dispose()
        {
            Handle?.Dispose();
            Times.ForEach(static thread => thread.Dispose());
        }
    }
}
