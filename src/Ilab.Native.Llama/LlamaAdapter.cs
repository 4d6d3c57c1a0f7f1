using Ilab.Native.Llama.Crew;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama;

/// <summary>A LoRA adapter for a model, usable by any of its contexts.</summary>
public sealed unsafe class LlamaAdapter : IDisposable
{
    private readonly AdapterHandle _handle;

    private LlamaAdapter(AdapterHandle handle) => _handle = handle;

    /// <param name="model">The model it was trained for.</param>
    /// <param name="path">A GGUF file of type adapter.</param>
    /// <exception cref="LlamaException">It cannot be loaded, or belongs to a different model.</exception>
    public static LlamaAdapter Load(LlamaModel model, string path)
    {
        var handle = LlamaApi.llama_adapter_lora_init(model.Handle, path);
        if (handle.IsInvalid)
        {
            throw new LlamaException($"llama.cpp cannot load the adapter {Path.GetFileName(path)}");
        }

        handle.Hold(model.Handle);
        return new LlamaAdapter(handle);
    }

    public void Dispose()
    {
        StepCrew.Rest(); // a thread that was interrupted may still read its weights
        _handle.Dispose();
    }

    /// <summary>Activates exactly these adapters in a context, from the next decode on.</summary>
    internal static int Apply(ContextHandle context, IReadOnlyList<(LlamaAdapter Adapter, float Scale)> adapters)
    {
        var pointers = new nint[adapters.Count + 1];
        var scales = new float[adapters.Count + 1];
        for (var index = 0; index < adapters.Count; index++)
        {
            (pointers[index], scales[index]) = (adapters[index].Adapter._handle.DangerousGetHandle(), adapters[index].Scale);
        }

        fixed (nint* pointer = pointers)
        fixed (float* scale = scales)
        {
            return LlamaApi.llama_set_adapters_lora(context, pointer, (nuint)adapters.Count, scale);
        }
    }
}
