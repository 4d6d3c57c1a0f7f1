using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>Owns a sampler chain and its samplers.</summary>
internal sealed class SamplerHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LlamaApi.llama_sampler_free(handle);
        return true;
    }
}
