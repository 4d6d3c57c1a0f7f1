using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libllama: contexts, decoding and the KV cache.</summary>
internal static unsafe partial class LlamaApi
{
    [LibraryImport(Library.Llama)]
    internal static partial ContextParams llama_context_default_params();

    [LibraryImport(Library.Llama)]
    internal static partial ContextHandle llama_init_from_model(ModelHandle model, ContextParams parameters);

    /// <summary>The library has no C function for it: a C++ one that returns a <c>std::map</c>, whose nodes stay allocated.</summary>
    [LibraryImport(Library.Llama, EntryPoint = "_Z26llama_get_memory_breakdownPK13llama_context")]
    internal static partial MemoryBreakdown llama_get_memory_breakdown(ContextHandle context);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_free(nint context);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_attach_threadpool(ContextHandle context, nint pool, nint batchPool);

    [LibraryImport(Library.Llama)]
    internal static partial uint llama_n_ctx(ContextHandle context);

    [LibraryImport(Library.Llama)]
    internal static partial uint llama_n_batch(ContextHandle context);

    [LibraryImport(Library.Llama)]
    internal static partial uint llama_n_seq_max(ContextHandle context);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_decode(ContextHandle context, Batch batch);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_encode(ContextHandle context, Batch batch);

    [LibraryImport(Library.Llama)]
    internal static partial float* llama_get_embeddings_ith(ContextHandle context, int index);

    [LibraryImport(Library.Llama)]
    internal static partial float* llama_get_embeddings_seq(ContextHandle context, int sequence);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_pooling_type(ContextHandle context);

    [LibraryImport(Library.Llama)]
    internal static partial float* llama_get_logits_ith(ContextHandle context, int index);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_get_memory(ContextHandle context);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_memory_clear(nint memory, byte data);

    [LibraryImport(Library.Llama)]
    internal static partial byte llama_memory_seq_rm(nint memory, int sequence, int from, int to);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_memory_seq_cp(nint memory, int from, int to, int start, int end);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_memory_seq_pos_min(nint memory, int sequence);

    [LibraryImport(Library.Llama)]
    internal static partial nuint llama_state_seq_get_size(ContextHandle context, int sequence);

    [LibraryImport(Library.Llama)]
    internal static partial nuint llama_state_seq_get_data(ContextHandle context, byte* target, nuint size, int sequence);

    [LibraryImport(Library.Llama)]
    internal static partial nuint llama_state_seq_set_data(ContextHandle context, byte* source, nuint size, int sequence);

    [LibraryImport(Library.Llama)]
    internal static partial Batch llama_batch_init(int tokens, int embedding, int sequences);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_batch_free(Batch batch);
}
