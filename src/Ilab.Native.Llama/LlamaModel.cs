using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama;

/// <summary>A loaded model: weights and vocabulary.</summary>
public sealed unsafe class LlamaModel : IDisposable
{
    private LlamaModel(ModelHandle handle)
    {
        Handle = handle;
        Vocabulary = new Vocabulary(this, LlamaApi.llama_model_get_vocab(handle));
    }

    public Vocabulary Vocabulary { get; }

    /// <summary>Context length used in training.</summary>
    public int TrainedContextLength => LlamaApi.llama_model_n_ctx_train(Handle);

    /// <summary>Total size of its tensors in bytes.</summary>
    public ulong Size => LlamaApi.llama_model_size(Handle);

    public ulong Parameters => LlamaApi.llama_model_n_params(Handle);

    /// <summary>
    /// Whether its GELU is that of the error function. The library's graphs have the form with tanh for every model: who computes them has to know.
    /// </summary>
    public bool HasExactGelu => GeluForm.IsExact(Metadata("general.architecture") ?? "", Metadata);

    /// <summary>Length of an embedding.</summary>
    public int EmbeddingLength => LlamaApi.llama_model_n_embd_out(Handle);

    /// <summary>Number of scores of a classifier.</summary>
    public int ClassCount => (int)LlamaApi.llama_model_n_cls_out(Handle);

    public bool HasDecoder => LlamaApi.llama_model_has_decoder(Handle);

    /// <summary>
    /// Whether layers keep a state instead of keys and values per token: it cannot be shared or cut in part, and takes memory for each sequence.
    /// </summary>
    public bool IsRecurrent => LlamaApi.llama_model_is_recurrent(Handle) || LlamaApi.llama_model_is_hybrid(Handle);

    /// <summary>Tokens that layers with sliding attention look back at; 0 = there are none.</summary>
    public int SlidingWindow => LlamaApi.llama_model_n_swa(Handle);

    public string Description
    {
        get
        {
            var buffer = stackalloc byte[256];
            LlamaApi.llama_model_desc(Handle, buffer, 256);
            return Marshal.PtrToStringUTF8((nint)buffer) ?? "";
        }
    }

    /// <summary>The chat template in the file, or null.</summary>
    public string? ChatTemplate => NamedChatTemplate(null);

    internal ModelHandle Handle { get; }

    /// <param name="files">All parts, in order. They must have been validated: ggml aborts the process on invalid files.</param>
    /// <param name="gpuLayers">Layers to offload to <paramref name="device"/>; 0 = none.</param>
    /// <param name="progress">Called with 0..1 on the loading thread; returning false cancels.</param>
    /// <param name="device">The only GPU to use, for example <c>cuda0</c>; null or <c>cpu</c> = none, whatever the libraries detect.</param>
    /// <exception cref="LlamaException">It cannot be loaded; llama.cpp's log says why.</exception>
    public static LlamaModel Load(IReadOnlyList<string> files, int gpuLayers, Func<float, bool> progress, string? device = null) =>
        Load(files, gpuLayers, progress, device, Purpose.Compute);

    /// <summary>Loads a model without memory for its weights: contexts of it have none either, and say what they would take.</summary>
    /// <inheritdoc cref="Load(IReadOnlyList{string}, int, Func{float, bool}, string?)"/>
    public static LlamaModel LoadForSizing(IReadOnlyList<string> files, int gpuLayers, string? device = null) =>
        Load(files, gpuLayers, static _ => true, device, Purpose.Size);

    /// <summary>Loads vocabulary and metadata without the weights.</summary>
    public static LlamaModel LoadVocabulary(IReadOnlyList<string> files) => Load(files, 0, static _ => true, device: null, Purpose.Tokenize);

    private static LlamaModel Load(IReadOnlyList<string> files, int gpuLayers, Func<float, bool> progress, string? device, Purpose purpose)
    {
        // An empty list keeps the model off all GPUs; without a list it is spread over all of them.
        var devices = stackalloc nint[2];
        (devices[0], devices[1]) = (device is null or GgmlDevice.Cpu ? 0 : GgmlDevice.Find(device), 0);
        var parameters = LlamaApi.llama_model_default_params();
        parameters.devices = devices;
        parameters.n_gpu_layers = gpuLayers;
        parameters.vocab_only = purpose == Purpose.Tokenize ? (byte)1 : (byte)0;
        (parameters.no_alloc, parameters.load_mode) = purpose == Purpose.Size ? ((byte)1, 0) : (parameters.no_alloc, parameters.load_mode);
        parameters.progress_callback = &OnProgress;
        var state = GCHandle.Alloc(progress);
        parameters.progress_callback_user_data = (void*)GCHandle.ToIntPtr(state);
        var paths = new byte*[files.Count];
        try
        {
            for (var index = 0; index < paths.Length; index++)
            {
                paths[index] = NativeText(files[index]);
            }

            fixed (byte** pointer = paths)
            {
                var handle = LlamaApi.llama_model_load_from_splits(pointer, (nuint)paths.Length, parameters);
                return handle.IsInvalid ? throw new LlamaException($"llama.cpp cannot load {Path.GetFileName(files[0])}") : new LlamaModel(handle);
            }
        }
        finally
        {
            foreach (var path in paths)
            {
                NativeMemory.Free(path);
            }

            state.Free();
        }
    }

    /// <summary>The chat template for a purpose, such as <c>tool_use</c>, or null.</summary>
    public string? NamedChatTemplate(string? name) => Marshal.PtrToStringUTF8((nint)LlamaApi.llama_model_chat_template(Handle, name));

    /// <summary>A metadata value in text form, or null.</summary>
    public string? Metadata(string key)
    {
        var buffer = stackalloc byte[512];
        return LlamaApi.llama_model_meta_val_str(Handle, key, buffer, 512) < 0 ? null : Marshal.PtrToStringUTF8((nint)buffer);
    }

    public void Dispose() => Handle.Dispose();

    private enum Purpose
    {
        Compute,
        Tokenize,
        Size,
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte OnProgress(float fraction, void* state) => ((Func<float, bool>)GCHandle.FromIntPtr((nint)state).Target!)(fraction) ? (byte)1 : (byte)0;

    private static byte* NativeText(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var memory = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        return memory;
    }
}
