using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>Owns a <c>llama_model</c>.</summary>
internal sealed class ModelHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LlamaApi.llama_model_free(handle);
        return true;
    }
}
