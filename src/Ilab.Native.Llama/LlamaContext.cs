using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama;

/// <summary>How a context is made. Lengths are in tokens.</summary>
public sealed record ContextOptions
{
    /// <summary>Cells of the KV cache, shared by all sequences.</summary>
    public required int Cells { get; init; }

    /// <summary>Sequences that may decode together.</summary>
    public required int Sequences { get; init; }

    public int BatchSize { get; init; } = 512;

    public int MicroBatchSize { get; init; } = 512;

    /// <summary>Never above the free cores: ggml's barrier spins. Of a governed context, the most there may be.</summary>
    public required int Threads { get; init; }

    /// <summary>Flash attention whatever other devices there are; false = the library decides, which leaves it out when it sees an accelerator.</summary>
    public bool FlashAttention { get; init; }

    /// <summary>Keys and values in F32 and attention step by step: for comparisons to the last digits, not for speed.</summary>
    public bool Exact { get; init; }

    /// <summary>Threads that stay between steps; false = the library makes and ends them in each.</summary>
    public bool KeepThreads { get; init; } = true;

    /// <summary>A device of this process computes the graphs, and sees to threads and turns itself (<c>Ilab.Native.OneDnn</c> registers it).</summary>
    public bool IsGoverned { get; init; }
}

/// <summary>The state of a decoder. Owned by one thread: nothing here may be called from two at once.</summary>
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

    public int Cells => (int)LlamaApi.llama_n_ctx(Handle);

    internal ContextHandle Handle { get; }

    /// <exception cref="LlamaException">Not enough memory, or the model cannot be decoded.</exception>
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

    /// <returns>What llama_decode says: 0 = well, 1 = no room in the cache, 2 = aborted, negative = failed.</returns>
    public int Decode(LlamaBatch batch)
    {
        if (_takesTurns)
        {
            using var turn = ComputeTurns.Take(_threads);
            return LlamaApi.llama_decode(Handle, batch.Native);
        }

        return LlamaApi.llama_decode(Handle, batch.Native);
    }

    /// <summary>The logits of the batch's token at <paramref name="index"/>, which asked for them; valid until the next decode.</summary>
    public ReadOnlySpan<float> Logits(int index) => new(LlamaApi.llama_get_logits_ith(Handle, index), Model.Vocabulary.Count);

    /// <summary>Forgets positions [from, to) of a sequence; -1 = open end.</summary>
    /// <returns>False when this kind of cache cannot forget a part.</returns>
    public bool Forget(int sequence, int from, int to = -1) => LlamaApi.llama_memory_seq_rm(_memory, sequence, from, to) != 0;

    /// <summary>Uses these adapters and no others from the next decode on; none = the model as it is.</summary>
    /// <exception cref="LlamaException">One of them is of another model.</exception>
    public void Use(IReadOnlyList<(LlamaAdapter Adapter, float Scale)> adapters)
    {
        if (LlamaAdapter.Apply(Handle, adapters) != 0)
        {
            throw new LlamaException("llama.cpp does not take the adapter");
        }
    }

    public void Dispose() => Handle.Dispose();
}
