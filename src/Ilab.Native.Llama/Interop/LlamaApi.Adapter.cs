using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libllama: LoRA adapters.</summary>
internal static unsafe partial class LlamaApi
{
    [LibraryImport(Library.Llama, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial AdapterHandle llama_adapter_lora_init(ModelHandle model, string path);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_adapter_lora_free(nint adapter);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_set_adapters_lora(ContextHandle context, nint* adapters, nuint count, float* scales);
}
