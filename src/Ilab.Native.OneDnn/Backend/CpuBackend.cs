using Ilab.Native.Llama;
using Ilab.Native.Llama.Interop;
using Ilab.Native.Llama.Threads;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>A CPU backend of ggml with threads that stay between graphs; how many of them compute is the executor's matter.</summary>
/// <param name="form">How it computes.</param>
internal sealed unsafe class CpuBackend(nint backend, ComputeForm form = default) : IDisposable
{
    private readonly GraphExecutor _executor = new(backend, isPlain: form.IsPlain);
    private readonly GeluNodes? _gelu = form.IsPlain ? null : new GeluNodes(form.HasExactGelu);

    /// <summary>Threads that a graph may run on.</summary>
    public int Threads => _executor.Most;

    /// <param name="most">Threads that the graph was prepared for.</param>
    /// <returns>ggml's status.</returns>
    public int Compute(nint graph, int most)
    {
        _gelu?.Install(GgmlApi.ggml_graph_nodes(graph), GgmlApi.ggml_graph_n_nodes(graph));
        try
        {
            return _executor.Compute(graph, most);
        }
        finally
        {
            _gelu?.Restore();
        }
    }

    /// <summary>Where nobody governs the threads: how many a graph runs on.</summary>
    public void SetThreads(int count) => _executor.SetThreads(count);

    public void SetAbort(nint callback, nint data) => _executor.SetAbort(callback, data);

    public void Dispose()
    {
        GgmlApi.ggml_backend_free(backend);
        _executor.Dispose();
    }
}
