using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libllama: library and models.</summary>
internal static unsafe partial class LlamaApi
{
    [LibraryImport(Library.Llama)]
    internal static partial byte* llama_version();

    [LibraryImport(Library.Llama)]
    internal static partial void llama_backend_init();

    [LibraryImport(Library.Llama)]
    internal static partial void llama_log_set(delegate* unmanaged[Cdecl]<int, byte*, void*, void> callback, void* data);

    [LibraryImport(Library.Llama)]
    internal static partial ModelParams llama_model_default_params();

    [LibraryImport(Library.Llama)]
    internal static partial ModelHandle llama_model_load_from_splits(byte** paths, nuint count, ModelParams parameters);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_model_free(nint model);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_model_get_vocab(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_model_n_ctx_train(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_model_n_swa(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_model_n_embd_out(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial uint llama_model_n_cls_out(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial ulong llama_model_size(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial ulong llama_model_n_params(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_model_desc(ModelHandle model, byte* buffer, nuint size);

    [LibraryImport(Library.Llama, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial byte* llama_model_chat_template(ModelHandle model, string? name);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_has_encoder(ModelHandle model);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_has_decoder(ModelHandle model);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_is_recurrent(ModelHandle model);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_is_hybrid(ModelHandle model);

    [LibraryImport(Library.Llama, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int llama_model_meta_val_str(ModelHandle model, string key, byte* buffer, nuint size);
}
