using System.Collections.Concurrent;
using System.Diagnostics;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>
/// The single thread that owns the context. Each step decodes the next token of every running sequence and fills the remaining batch with prompt tokens of new
/// ones, in order of arrival (chunked prefill): decoding shares the weight reads of prompt processing.
/// </summary>
internal sealed partial class DecodeLoop : IDisposable
{
    private readonly LlamaContext _context;
    private readonly Vocabulary _vocabulary;
    private readonly int _contextLength;
    private readonly LlamaBatch _batch;
    private readonly SequenceSlot[] _slots;
    private readonly List<SequenceSlot> _running = [];
    private readonly LinkedList<Generation> _queue = new();
    private readonly ConcurrentQueue<Generation> _arrivals = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly byte[] _piece = new byte[256];
    private readonly Action<Generation, bool> _told;
    private int _active;
    private volatile bool _stop;
    private volatile bool _ended;

    /// <param name="context">Used only by this loop's thread from now on.</param>
    /// <param name="contextLength">Tokens per sequence.</param>
    /// <param name="sequences">Maximum number of parallel sequences.</param>
    /// <param name="batchSize">Maximum tokens per step.</param>
    /// <param name="told">Called on the decode thread when a generation has output; true = deliver immediately.</param>
    public DecodeLoop(LlamaContext context, int contextLength, int sequences, int batchSize, Action<Generation, bool> told)
    {
        _context = context;
        _vocabulary = context.Model.Vocabulary;
        _contextLength = contextLength;
        _batch = new LlamaBatch(batchSize);
        _adapters = new AdapterCache(context);
        _slots = [.. Enumerable.Range(0, sequences).Select(static sequence => new SequenceSlot(sequence))];
        _told = told;
    }

    /// <summary>Queued or running generations.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Called on any thread when <see cref="Active"/> has changed.</summary>
    public Action? ActiveChanged { get; set; }

    public void Submit(Generation generation)
    {
        Interlocked.Increment(ref _active);
        ActiveChanged?.Invoke();
        _arrivals.Enqueue(generation);
        if (_ended)
        {
            EndArrivals();
            return;
        }

        _wake.Release();
    }

    /// <summary>Makes the loop check for changes.</summary>
    public void Wake() => _wake.Release();

    public void Stop()
    {
        _stop = true;
        _wake.Release();
    }

    /// <summary>Runs until <see cref="Stop"/>; remaining generations end as cancelled.</summary>
    public void Run()
    {
        while (!_stop)
        {
            DoAside();
            Admit();
            if (_running.Count == 0)
            {
                _wake.Wait();
                continue;
            }

            Step();
        }

        Admit();
        foreach (var slot in _running.ToArray())
        {
            End(slot, Finished.Types.Reason.Cancelled);
        }

        foreach (var generation in _queue.ToArray())
        {
            EndQueued(generation);
        }

        _queue.Clear();
        _ended = true;
        EndArrivals();
        DoAside();
    }

    /// <summary>To be called after <see cref="Run"/> has ended. Later submissions and wake-ups are answered without native calls.</summary>
    public void Dispose()
    {
        _adapters.Dispose();
        _batch.Dispose();
    }

    private void Step()
    {
        for (var index = _running.Count - 1; index >= 0; index--)
        {
            if (_running[index].Generation!.CancelRequested)
            {
                End(_running[index], Finished.Types.Reason.Cancelled);
            }
        }

        if (_running.Count == 0)
        {
            return;
        }

        TakeTurns();
        FillBatch();
        var result = _context.Decode(_batch);
        if (result == 1 && ForgetIdle())
        {
            result = _context.Decode(_batch);
        }

        if (result != 0)
        {
            FailAll($"llama.cpp could not decode (code {result})");
            return;
        }

        for (var index = _running.Count - 1; index >= 0; index--)
        {
            if (_running[index].LogitsIndex >= 0)
            {
                TakeToken(_running[index]);
            }
        }
    }

    private void FillBatch()
    {
        _batch.Clear();
        foreach (var slot in _running)
        {
            slot.LogitsIndex = -1;
            if (slot.NextToken >= 0 && slot.AdapterKey == _used)
            {
                slot.LogitsIndex = _batch.Add(slot.NextToken, slot.Cached.Count, slot.Sequence, logits: true);
                slot.Cached.Add(slot.NextToken);
            }
        }

        foreach (var slot in _running)
        {
            if (!slot.IsPrefilling || slot.AdapterKey != _used)
            {
                continue;
            }

            var generation = slot.Generation!;
            if (generation.PromptStarted == 0)
            {
                generation.PromptStarted = Stopwatch.GetTimestamp();
            }

            // The last token has a step of its own: its logits must not depend on how much of the prompt was cached, or the same request with the same seed
            // would give another answer the second time (with an accelerator, many rows are computed in another way than one).
            for (var left = Math.Min(_batch.Room, Math.Max(1, slot.PromptLeft - 1)); left > 0; left--)
            {
                var token = generation.Prompt[slot.Cached.Count];
                var last = slot.PromptLeft == 1;
                var index = _batch.Add(token, slot.Cached.Count, slot.Sequence, last);
                slot.Cached.Add(token);
                if (last)
                {
                    slot.LogitsIndex = index;
                }
            }
        }
    }

    private void TakeToken(SequenceSlot slot)
    {
        var generation = slot.Generation!;
        var first = slot.NextToken < 0;
        if (first)
        {
            generation.DecodeStarted = Stopwatch.GetTimestamp();
        }

        var token = generation.Sampler.Sample(_context, slot.LogitsIndex);
        if (_vocabulary.IsEndOfGeneration(token))
        {
            End(slot, Finished.Types.Reason.Stop);
            return;
        }

        var logprob = generation.WantsLogprobs
            ? LogprobReader.Read(_context.Logits(slot.LogitsIndex), token, (int)generation.Request.Logprobs, _vocabulary)
            : null;
        var stopped = generation.Append(Piece(token), logprob);
        slot.NextToken = token;
        if (stopped)
        {
            End(slot, Finished.Types.Reason.Stop);
        }
        else if ((generation.Request.MaxTokens > 0 && generation.Completed >= generation.Request.MaxTokens) || slot.Cached.Count >= _contextLength)
        {
            End(slot, Finished.Types.Reason.Length);
        }
        else
        {
            _told(generation, first);
        }
    }

    private ReadOnlySpan<byte> Piece(int token)
    {
        if (_vocabulary.IsControl(token))
        {
            return [];
        }

        var length = _vocabulary.Piece(token, _piece, special: false);
        return length >= 0 ? _piece.AsSpan(0, length) : _vocabulary.Piece(token, special: false);
    }
}
