using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Tests.Fixtures;

namespace Ilab.Native.OneDnn.Tests.Backend;

[Collection(NativeCollection.Name)]
public sealed unsafe class CpuBackendTests(Fixtures.Native native)
{
    private const int AllThreads = -1;

    private static int _threads;

    /// <summary>ggml takes four when it is not told, and starts them anew for every graph.</summary>
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void AGraphRunsOnAsManyThreadsAsWereSaid(int threads)
    {
        _ = native.Required;
        var context = GgmlApi.ggml_init(new InitParams { mem_size = 16 << 20 });
        using (var backend = new CpuBackend(GgmlApi.ggml_backend_dev_init(AcceleratorDevice.Cpu, null)))
        {
            backend.SetThreads(threads);
            var node = GgmlApi.ggml_custom_4d(context, 0, 1, 1, 1, 1, null, 0, &Count, AllThreads, null);
            var graph = GgmlApi.ggml_new_graph_custom(context, 16, 0);
            GgmlApi.ggml_build_forward_expand(graph, node);
            Assert.Equal(0, backend.Compute(graph, threads));
            Assert.Equal((threads, threads), (backend.Threads, _threads));
        }

        GgmlApi.ggml_free(context);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Count(GgmlTensor* target, int thread, int threads, void* data) => _threads = threads;
}
