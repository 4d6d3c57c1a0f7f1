using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama;

/// <summary>Tokens of several sequences, decoded in one step. Uses native memory that is kept between steps.</summary>
public sealed unsafe class LlamaBatch(int capacity) : IDisposable
{
    private Batch _batch = LlamaApi.llama_batch_init(capacity, 0, 1);
    private bool _freed;

    ~LlamaBatch() => Free();

    public int Count => _batch.n_tokens;

    public int Room => capacity - _batch.n_tokens;

    internal Batch Native => _batch;

    /// <summary>How many tokens whose logits are asked for come before the first of a prompt; 0 if all are of that kind.</summary>
    internal int LeadingAnswers
    {
        get
        {
            var count = new ReadOnlySpan<sbyte>(_batch.logits, _batch.n_tokens).IndexOf((sbyte)0);
            return Math.Max(0, count);
        }
    }

    public void Clear() => _batch.n_tokens = 0;

    /// <returns>The token's index in the batch, which identifies its logits.</returns>
    public int Add(int token, int position, int sequence, bool logits)
    {
        ArgumentOutOfRangeException.ThrowIfZero(Room);
        var index = _batch.n_tokens++;
        _batch.token[index] = token;
        _batch.pos[index] = position;
        _batch.n_seq_id[index] = 1;
        _batch.seq_id[index][0] = sequence;
        _batch.logits[index] = logits ? (sbyte)1 : (sbyte)0;
        return index;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (!_freed)
        {
            _freed = true;
            LlamaApi.llama_batch_free(_batch);
        }
    }
}
