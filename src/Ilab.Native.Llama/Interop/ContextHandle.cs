using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>Owns a <c>llama_context</c> and keeps its model alive.</summary>
internal sealed class ContextHandle() : SafeHandle(0, ownsHandle: true)
{
    private ModelHandle? _model;
    private ThreadPoolHandle? _threads;

    public override bool IsInvalid => handle == 0;

    /// <summary>Keeps the model alive as long as this handle; called once, by the factory.</summary>
    public void Hold(ModelHandle model)
    {
        var added = false;
        model.DangerousAddRef(ref added);
        _model = model;
    }

    /// <summary>Uses a persistent thread pool, which is freed with the context; called once, by the factory.</summary>
    public void Use(ThreadPoolHandle threads)
    {
        LlamaApi.llama_attach_threadpool(this, threads.DangerousGetHandle(), threads.DangerousGetHandle());
        _threads = threads;
    }

    protected override bool ReleaseHandle()
    {
        LlamaApi.llama_free(handle);
        _threads?.Dispose();
        _model?.DangerousRelease();
        return true;
    }
}
