using System.Diagnostics;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference.Queueing;
using Ilab.Runner.Inference.Speculation;

namespace Ilab.Runner.Inference;

internal sealed partial class DecodeLoop
{
    /// <summary>Positions up to this one are reported as soon as they change, the others once a second.</summary>
    private const int Near = 3;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly WaitingQueue<Generation> _queue;
    private readonly WaitEstimate _waits = new();
    private IReadOnlyList<Generation> _order = [];
    private bool _queueChanged;

    /// <summary>Starts waiting generations as far as there is room, and tells the others their positions.</summary>
    private void Admit()
    {
        while (_arrivals.TryDequeue(out var generation))
        {
            Enqueue(generation);
        }

        if (_queue.Count + _paused.Count == 0)
        {
            return;
        }

        foreach (var cancelled in _paused.FindAll(static generation => generation.CancelRequested))
        {
            End(cancelled, Finished.Types.Reason.Cancelled);
        }

        foreach (var cancelled in _queue.RemoveAll(static generation => generation.CancelRequested))
        {
            EndQueued(cancelled);
            _queueChanged = true;
        }

        if (_queueChanged)
        {
            StartNext();
        }

        TellPositions();
    }

    private void Enqueue(Generation generation)
    {
        if (_queueChanged)
        {
            StartNext();
        }

        if (_queue.Count + _paused.Count == 0 && HasRoomFor(generation))
        {
            Start(generation);
        }
        else if (_queue.TryAdd(generation, generation.Request.Priority, generation.Request.Caller))
        {
            _queueChanged = true;
        }
        else
        {
            Refuse(generation);
        }
    }

    private void Refuse(Generation generation)
    {
        var retry = _waits.RetryAfter(_queue.Count, _running.Count);
        generation.Log.Add(
            new GenerationEvent
            {
                Failed = new Failed
                {
                    ErrorKind = RunnerErrors.QueueFull,
                    Message = $"the model is answering {_running.Count} requests, and {_queue.Count} are waiting",
                    RetryMilliseconds = (ulong)retry.TotalMilliseconds,
                },
            }
        );
        Conclude(generation);
    }

    private void StartNext()
    {
        (_queueChanged, _order) = (false, []);
        while (_queue.Count + _paused.Count > 0)
        {
            var running = _running.CountBy(static generation => generation.Request.Caller).ToDictionary();
            _order = _queue.InOrder(running);
            var next = NextPaused(_order.FirstOrDefault()) ?? _order[0];
            if (!HasRoomFor(next) && !MakeWay(next))
            {
                return;
            }

            if (!_paused.Remove(next))
            {
                _queue.Remove(next);
            }

            _order = [];
            Start(next);
        }
    }

    private void TellPositions()
    {
        for (var index = 0; index < _order.Count; index++)
        {
            var (generation, position) = (_order[index], index + 1);
            var told = generation.Told;
            if (position == told.Position || (told.At != 0 && position > Near && Stopwatch.GetElapsedTime(told.At) < Pace))
            {
                continue;
            }

            generation.Told = (position, Stopwatch.GetTimestamp());
            generation.Log.Add(new GenerationEvent { Queued = new Queued { Position = (uint)position } });
            _told(generation, true);
        }
    }

    private void Start(Generation generation)
    {
        if (!LoadAdapters(generation))
        {
            return;
        }

        if (generation.Started == 0)
        {
            Begin(generation);
        }

        Reserve(generation, CellsFor(generation, generation.Known.Length));
        Insert(_running, generation);
    }

    private void Begin(Generation generation)
    {
        foreach (var token in generation.Prompt)
        {
            generation.Sampler.Accept(token);
        }

        if (Speculates && generation is { IsGreedy: true, WantsLogprobs: false })
        {
            generation.Speculator = new Speculator(generation.Prompt, hasDraft: Draft is not null);
        }

        generation.Started = Stopwatch.GetTimestamp();
    }

    private void End(Generation generation, Finished.Types.Reason reason)
    {
        generation.Flush();
        var now = Stopwatch.GetTimestamp();
        var decodeStarted = generation.DecodeStarted == 0 ? now : generation.DecodeStarted;
        generation.Log.Add(
            new GenerationEvent
            {
                Finished = new Finished
                {
                    Reason = reason,
                    PromptTokens = (uint)generation.Prompt.Length,
                    CompletionTokens = (uint)generation.Completed,
                    CachedPromptTokens = (uint)generation.CachedPrompt,
                    PromptMicroseconds =
                        generation.PromptStarted == 0 ? 0 : (ulong)Stopwatch.GetElapsedTime(generation.PromptStarted, decodeStarted).TotalMicroseconds,
                    DecodeMicroseconds = (ulong)Stopwatch.GetElapsedTime(decodeStarted, now).TotalMicroseconds,
                    Stop = generation.FoundStop ?? "",
                    GuessedTokens = (uint)generation.Guesses.Made,
                    AcceptedTokens = (uint)generation.Guesses.Right,
                    Tokens = { generation.Request.ReturnTokens ? generation.Prompt.Concat(generation.AnswerTokens) : [] },
                },
            }
        );
        Release(generation);
    }

    private void EndQueued(Generation generation)
    {
        generation.Log.Add(
            new GenerationEvent
            {
                Finished = new Finished { Reason = Finished.Types.Reason.Cancelled, PromptTokens = (uint)generation.Prompt.Length },
            }
        );
        Conclude(generation);
    }

    /// <summary>Ends generations that arrive after the loop has stopped.</summary>
    private void EndArrivals()
    {
        while (_arrivals.TryDequeue(out var generation))
        {
            EndQueued(generation);
        }
    }

    private void FailAll(string message)
    {
        foreach (var generation in _running.ToArray())
        {
            generation.Log.Add(
                new GenerationEvent
                {
                    Failed = new Failed { ErrorKind = RunnerErrors.Internal, Message = message },
                }
            );
            if (generation.Sequence is { } sequence)
            {
                _cache.Forget(sequence);
            }

            Release(generation);
        }
    }

    private void Release(Generation generation)
    {
        _waits.Note(Stopwatch.GetElapsedTime(generation.Started));
        _cache.End(generation);
        _ = _running.Remove(generation) || _paused.Remove(generation);
        Reserve(generation, 0);
        _queueChanged = true;
        Conclude(generation);
    }

    private void Conclude(Generation generation)
    {
        generation.Speculator = null; // ended generations are kept for a while
        LeaveDraft(generation);
        Interlocked.Decrement(ref _active);
        _told(generation, true);
        ActiveChanged?.Invoke();
        generation.Dispose();
    }
}
