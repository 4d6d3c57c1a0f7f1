using Ilab.Native.Llama.Attention;
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

    /// <summary>Makes embeddings instead of logits; null = logits.</summary>
    public Pooling? Pooling { get; init; }

    /// <summary>Forces flash attention; false = decided by the library, which disables it if there is an accelerator.</summary>
    public bool FlashAttention { get; init; }

    /// <summary>Uses F32 for keys and values, and unfused attention: for exact comparisons, not for speed.</summary>
    public bool Exact { get; init; }

    /// <summary>
    /// A governed context computes everything as llama.cpp alone does, digit by digit: no accelerator, no attention and no GELU of our own.
    /// </summary>
    public bool IsPlain { get; init; }

    /// <summary>Keeps threads between steps; false = the library creates and ends them in each step.</summary>
    public bool KeepThreads { get; init; } = true;

    /// <summary>The graphs are computed by a device of this process that manages threads and turns itself (registered by <c>Ilab.Native.OneDnn</c>).</summary>
    public bool IsGoverned { get; init; }
}

/// <summary>Bytes of a kind of memory.</summary>
/// <param name="IsHost">Whether it is the machine's own.</param>
/// <param name="Weights">Of the model.</param>
/// <param name="Cache">Keys and values.</param>
/// <param name="Compute">Intermediate results of the largest step.</param>
public sealed record ContextMemory(bool IsHost, long Weights, long Cache, long Compute);

/// <summary>The state of a decoder. Owned by one thread; not thread-safe.</summary>
public sealed unsafe class LlamaContext : IDisposable
{
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

    /// <summary>What model and context take of each memory, in bytes; for a model that was loaded for sizing, what they would take.</summary>
    /// <returns>Host memory and other devices' apart.</returns>
    public IReadOnlyList<ContextMemory> Memory() =>
        [
            .. LlamaApi
                .llama_get_memory_breakdown(Handle)
                .Entries()
                .GroupBy(static entry => GgmlApi.ggml_backend_buft_is_host(entry.BufferType) != 0)
                .Select(static group => new ContextMemory(
                    group.Key,
                    group.Sum(static entry => entry.Model),
                    group.Sum(static entry => entry.Context),
                    group.Sum(static entry => entry.Compute)
                )),
        ];

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

        if (options.Pooling is { } pooling)
        {
            (parameters.embeddings, parameters.pooling_type) = (1, (int)pooling);
        }

        parameters.kv_unified = 1;
        parameters.no_perf = 1;
        using var form = new ComputeForm(model.HasExactGelu, options.IsPlain).Begin(); // backends are made in this call
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
    public int Decode(LlamaBatch batch) => Compute(batch, isDecoded: true);

    /// <summary>The logits of the batch's token at <paramref name="index"/>, if requested; valid until the next decode.</summary>
    public ReadOnlySpan<float> Logits(int index) => new(LlamaApi.llama_get_logits_ith(Handle, index), Model.Vocabulary.Count);

    /// <summary>How the embeddings of this context are made; what the model says, if that was left to it.</summary>
    public Pooling Pooling => (Pooling)LlamaApi.llama_pooling_type(Handle);

    /// <summary>Computes the embeddings of all sequences of a batch; nothing of earlier batches remains.</summary>
    /// <returns>The result of llama_decode.</returns>
    public int Embed(LlamaBatch batch)
    {
        if (_memory == 0 || !Model.HasDecoder)
        {
            return Compute(batch, isDecoded: false);
        }

        LlamaApi.llama_memory_clear(_memory, 0);
        return Compute(batch, isDecoded: true);
    }

    /// <summary>The pooled embedding of a sequence of the last batch, or the scores of a classifier; valid until the next one.</summary>
    /// <returns>Empty if there is none.</returns>
    public ReadOnlySpan<float> EmbeddingOfSequence(int sequence) =>
        LlamaApi.llama_get_embeddings_seq(Handle, sequence) is var found && found is null
            ? []
            : new(found, Pooling == Pooling.Rank ? Model.ClassCount : Model.EmbeddingLength);

    /// <summary>The embedding of the batch's token at <paramref name="index"/>, without pooling; valid until the next batch. Empty if there is none.</summary>
    public ReadOnlySpan<float> EmbeddingOfToken(int index) =>
        LlamaApi.llama_get_embeddings_ith(Handle, index) is var found && found is null ? [] : new(found, Model.EmbeddingLength);

    /// <summary>The first position of a sequence that all layers have; -1 = it is empty.</summary>
    public int FirstPosition(int sequence) => LlamaApi.llama_memory_seq_pos_min(_memory, sequence);

    /// <summary>Removes positions [from, to) of a sequence from the cache; -1 = open end.</summary>
    /// <returns>False if this kind of cache does not support partial removal.</returns>
    public bool Forget(int sequence, int from, int to = -1) => LlamaApi.llama_memory_seq_rm(_memory, sequence, from, to) != 0;

    /// <summary>
    /// Makes positions [0, <paramref name="length"/>) of a sequence part of another, which must be empty. Takes no memory: the sequences share the cells until
    /// both have forgotten them.
    /// </summary>
    public void Share(int from, int to, int length) => LlamaApi.llama_memory_seq_cp(_memory, from, to, 0, length);

    /// <returns>Everything that the cache holds of a sequence, for <see cref="RestoreSequence"/>; null if there is too much of it.</returns>
    public byte[]? SaveSequence(int sequence)
    {
        var size = LlamaApi.llama_state_seq_get_size(Handle, sequence);
        if (size == 0 || size > (nuint)Array.MaxLength)
        {
            return null;
        }

        var state = new byte[size];
        fixed (byte* first = state)
        {
            return LlamaApi.llama_state_seq_get_data(Handle, first, size, sequence) == size ? state : null;
        }
    }

    /// <summary>Gives an empty sequence what <see cref="SaveSequence"/> returned, by a context of the same kind and model.</summary>
    /// <returns>False if there is no room; the sequence then has to be forgotten.</returns>
    public bool RestoreSequence(int sequence, ReadOnlySpan<byte> state)
    {
        fixed (byte* first = state)
        {
            return LlamaApi.llama_state_seq_set_data(Handle, first, (nuint)state.Length, sequence) == (nuint)state.Length;
        }
    }

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

    private int Compute(LlamaBatch batch, bool isDecoded)
    {
        StepRows.Single = isDecoded ? batch.LeadingAnswers : 0;
        if (_takesTurns)
        {
            using var turn = ComputeTurns.Take(_threads);
            return Run();
        }

        return Run();

        int Run() => isDecoded ? LlamaApi.llama_decode(Handle, batch.Native) : LlamaApi.llama_encode(Handle, batch.Native);
    }
}
