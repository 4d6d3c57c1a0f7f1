using Ilab.Native.Llama.Interop;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>A CPU backend of ggml with threads that stay between graphs.</summary>
internal sealed unsafe class CpuBackend(nint backend) : IDisposable
{
    private const uint Patience = 1; // looks for work for about a millisecond before it sleeps
    private nint _pool;
    private bool _isSet; // ggml's own number is four

    /// <summary>Threads that a graph runs on.</summary>
    public int Threads { get; private set; } = 1;

    /// <returns>ggml's status.</returns>
    public int Compute(nint graph) => GgmlApi.ggml_backend_graph_compute(backend, graph);

    public void SetThreads(int count)
    {
        if (count == Threads && _isSet)
        {
            return;
        }

        _isSet = true;
        ((delegate* unmanaged[Cdecl]<nint, int, void>)Function("ggml_backend_set_n_threads"))(backend, count);
        Threads = count;
        MakePool(count);
    }

    public void SetAbort(nint callback, nint data) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, nint, void>)Function("ggml_backend_set_abort_callback"))(backend, callback, data);

    public void Dispose()
    {
        GgmlApi.ggml_backend_free(backend);
        FreePool(_pool);
    }

    private static nint Function(string name) =>
        GgmlApi.ggml_backend_reg_get_proc_address(GgmlApi.ggml_backend_dev_backend_reg(AcceleratorDevice.Cpu), name);

    private void MakePool(int threads)
    {
        var create = (delegate* unmanaged[Cdecl]<ThreadPoolParams*, nint>)Function("ggml_threadpool_new");
        var attach = (delegate* unmanaged[Cdecl]<nint, nint, void>)Function("ggml_backend_cpu_set_threadpool");
        if (create is null || attach is null)
        {
            return;
        }

        ThreadPoolParams parameters;
        GgmlApi.ggml_threadpool_params_init(&parameters, threads);
        parameters.poll = Patience;
        var old = _pool;
        _pool = threads > 1 ? create(&parameters) : 0;
        attach(backend, _pool);
        FreePool(old);
    }

    private static void FreePool(nint pool)
    {
        if (pool != 0)
        {
            ((delegate* unmanaged[Cdecl]<nint, void>)Function("ggml_threadpool_free"))(pool);
        }
    }
}
