using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama;

/// <summary>Parameters of a context. Lengths are in tokens.</summary>
public sealed record ContextOptions
{
    /// <summary>Size of the KV cache, shared by all sequences.</summary>
    public required int Cells { get; init; }

    /// <summary>Maximum number of parallel sequences.</summary>
    public required int Sequences { get; init; }

    public int BatchSize { get; init; } = 512;

    public int MicroBatchSize { get; init; } = 512;

    /// <summary>Must not exceed the free cores: ggml's barrier spins. For a governed context, the maximum.</summary>
    public required int Threads { get; init; }

    /// <summary>Forces flash attention; false = decided by the library, which disables it if there is an accelerator.</summary>
    public bool FlashAttention { get; init; }

    /// <summary>Uses F32 for keys and values, and unfused attention: for exact comparisons, not for speed.</summary>
    public bool Exact { get; init; }

    /// <summary>Keeps threads between steps; false = the library creates and ends them in each step.</summary>
    public bool KeepThreads { get; init; } = true;

    /// <summary>Computes an embedding of each sequence instead of logits; pooled as the model says, else by the mean.</summary>
    public bool Embeds { get; init; }

    /// <summary>The graphs are computed by a device of this process that manages threads and turns itself (registered by <c>Ilab.Native.OneDnn</c>).</summary>
    public bool IsGoverned { get; init; }
}

/// <summary>The state of a decoder. Owned by one thread; not thread-safe.</summary>
public sealed unsafe class LlamaContext : IDisposable
{
    private const int MeanPooling = 1; // enum llama_pooling_type

    private readonly nint _memory;

    private readonly int _threads;
    private readonly bool _takesTurns;

    private LlamaContext(ContextHandle handle, LlamaModel model, ContextOptions options)
    {
        Handle = handle;
        Model = model;
        (_threads, _takesTurns) = (options.Threads, !options.IsGoverned);
        _memory = LlamaApi.llama_get_memory(handle);
    }

    public LlamaModel Model { get; }

    /// <summary>As in <see cref="ContextOptions.Threads"/>.</summary>
    public int Threads => _threads;

    public int Cells => (int)LlamaApi.llama_n_ctx(Handle);

    internal ContextHandle Handle { get; }

    /// <exception cref="LlamaException">Out of memory, or the model cannot be decoded.</exception>
    public static LlamaContext Create(LlamaModel model, ContextOptions options)
    {
        var parameters = LlamaApi.llama_context_default_params();
        parameters.n_ctx = (uint)options.Cells;
        parameters.n_batch = (uint)options.BatchSize;
        parameters.n_ubatch = (uint)options.MicroBatchSize;
        parameters.n_seq_max = (uint)options.Sequences;
        parameters.n_threads = options.Threads;
        parameters.n_threads_batch = options.Threads;
        parameters.flash_attn_type = options.FlashAttention ? 1 : parameters.flash_attn_type;
        if (options.Exact)
        {
            (parameters.type_k, parameters.type_v, parameters.flash_attn_type) = (0, 0, 0);
        }

        if (options.Embeds)
        {
            parameters.embeddings = 1;
            parameters.pooling_type = model.Metadata($"{model.Metadata("general.architecture")}.pooling_type") is null ? MeanPooling : parameters.pooling_type;
        }

        parameters.kv_unified = 1;
        parameters.no_perf = 1;
        var handle = LlamaApi.llama_init_from_model(model.Handle, parameters);
        if (handle.IsInvalid)
        {
            throw new LlamaException($"llama.cpp cannot make a context of {options.Cells} tokens for {options.Sequences} sequences");
        }

        handle.Hold(model.Handle);
        if (options is { KeepThreads: true, Threads: > 1, IsGoverned: false } && ThreadPoolHandle.TryCreate(options.Threads) is { } threads)
        {
            handle.Use(threads);
        }

        return new LlamaContext(handle, model, options);
    }

    /// <returns>The result of llama_decode: 0 = success, 1 = no space in the cache, 2 = aborted, negative = error.</returns>
    public int Decode(LlamaBatch batch)
    {
        if (_takesTurns)
        {
            using var turn = ComputeTurns.Take(_threads);
            return LlamaApi.llama_decode(Handle, batch.Native);
        }

        return LlamaApi.llama_decode(Handle, batch.Native);
    }

    /// <summary>The logits of the batch's token at <paramref name="index"/>, if requested; valid until the next decode.</summary>
    public ReadOnlySpan<float> Logits(int index) => new(LlamaApi.llama_get_logits_ith(Handle, index), Model.Vocabulary.Count);

    /// <summary>The pooled embedding of a sequence of the last decode; empty if the model has none. Valid until the next decode.</summary>
    public ReadOnlySpan<float> Embedding(int sequence)
    {
        var values = LlamaApi.llama_get_embeddings_seq(Handle, sequence);
        return values == null ? [] : new ReadOnlySpan<float>(values, Model.EmbeddingLength);
    }

    /// <summary>Removes positions [from, to) of a sequence from the cache; -1 = open end.</summary>
    /// <returns>False if this kind of cache does not support partial removal.</returns>
    public bool Forget(int sequence, int from, int to = -1) => LlamaApi.llama_memory_seq_rm(_memory, sequence, from, to) != 0;

    /// <summary>Activates exactly these adapters from the next decode on; none = the base model.</summary>
    /// <exception cref="LlamaException">One of them belongs to a different model.</exception>
    public void Use(IReadOnlyList<(LlamaAdapter Adapter, float Scale)> adapters)
    {
        if (LlamaAdapter.Apply(Handle, adapters) != 0)
        {
            throw new LlamaException("llama.cpp does not take the adapter");
        }
    }

    public void Dispose() => Handle.Dispose();
}
