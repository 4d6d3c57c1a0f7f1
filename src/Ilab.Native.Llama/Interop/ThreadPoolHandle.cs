using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>
/// Owns a <c>ggml_threadpool</c>: threads that persist between graphs. Without one, ggml creates and ends threads for every graph, which costs a model with 110
/// million parameters 5 % of its throughput and a tiny one 25 %.
/// </summary>
internal sealed unsafe class ThreadPoolHandle : SafeHandle
{
    /// <summary>Polling level (of 100) before a thread sleeps: about a millisecond, longer than the pause between two tokens.</summary>
    private const uint Patience = 1;

    private ThreadPoolHandle(nint pool)
        : base(0, ownsHandle: true) => SetHandle(pool);

    public override bool IsInvalid => handle == 0;

    /// <returns>Null if the CPU backend does not support thread pools; ggml then creates threads on demand.</returns>
    public static ThreadPoolHandle? TryCreate(int threads)
    {
        var create = (delegate* unmanaged[Cdecl]<ThreadPoolParams*, nint>)CpuFunction("ggml_threadpool_new");
        if (create is null || CpuFunction("ggml_threadpool_free") == 0)
        {
            return null;
        }

        ThreadPoolParams parameters;
        GgmlApi.ggml_threadpool_params_init(&parameters, threads);
        parameters.poll = Patience;
        var pool = create(&parameters);
        return pool == 0 ? null : new ThreadPoolHandle(pool);
    }

    protected override bool ReleaseHandle()
    {
        ((delegate* unmanaged[Cdecl]<nint, void>)CpuFunction("ggml_threadpool_free"))(handle);
        return true;
    }

    private static nint CpuFunction(string name)
    {
        const int Cpu = 0;
        var device = GgmlApi.ggml_backend_dev_by_type(Cpu);
        return device == 0 ? 0 : GgmlApi.ggml_backend_reg_get_proc_address(GgmlApi.ggml_backend_dev_backend_reg(device), name);
    }
}
