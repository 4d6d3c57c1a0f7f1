using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>Owns a <c>llama_adapter_lora</c> and keeps its model alive.</summary>
internal sealed class AdapterHandle() : SafeHandle(0, ownsHandle: true)
{
    private ModelHandle? _model;

    public override bool IsInvalid => handle == 0;

    /// <summary>Keeps the model alive as long as this handle; called once, by the factory.</summary>
    public void Hold(ModelHandle model)
    {
        var added = false;
        model.DangerousAddRef(ref added);
        _model = model;
    }

    protected override bool ReleaseHandle()
    {
        LlamaApi.llama_adapter_lora_free(handle);
        _model?.DangerousRelease();
        return true;
    }
}
