using System.Diagnostics;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

internal sealed partial class DecodeLoop
{
    /// <summary>Assigns free slots to queued generations, in order of arrival.</summary>
    private void Admit()
    {
        if (_arrivals.IsEmpty && _queue.Count == 0)
        {
            return;
        }

        while (_arrivals.TryDequeue(out var generation))
        {
            _queue.AddLast(generation);
        }

        foreach (var cancelled in _queue.Where(static generation => generation.CancelRequested).ToArray())
        {
            _queue.Remove(cancelled);
            EndQueued(cancelled);
        }

        var moved = false;
        while (_queue.First is { } first && _running.Count < _slots.Length)
        {
            _queue.RemoveFirst();
            Start(first.Value);
            moved = true;
        }

        if (moved)
        {
            TellPositions();
        }
        else if (_queue.Last is { } last && !last.Value.QueueTold)
        {
            TellPositions();
        }
    }

    private void TellPositions()
    {
        uint position = 1;
        foreach (var waiting in _queue)
        {
            waiting.QueueTold = true;
            waiting.Log.Add(new GenerationEvent { Queued = new Queued { Position = position++ } });
            _told(waiting, true);
        }
    }

    /// <summary>Selects the free slot with the longest cached prefix of the prompt and the least cache to lose.</summary>
    private void Start(Generation generation)
    {
        if (!LoadAdapters(generation))
        {
            return;
        }

        var reuse = !generation.Request.Fresh;
        var slot = _slots.Where(static slot => slot.IsFree).MaxBy(slot => (reuse ? slot.CommonPrefix(generation) : 0, -slot.Cached.Count))!;

        // The last prompt token is always decoded: its logits are needed.
        var keep = reuse ? Math.Min(slot.CommonPrefix(generation), generation.Prompt.Length - 1) : 0;
        if (!_context.Forget(slot.Sequence, keep))
        {
            _context.Forget(slot.Sequence, 0);
            keep = 0;
        }

        slot.Cached.RemoveRange(keep, slot.Cached.Count - keep);
        slot.NextToken = -1;
        slot.LogitsIndex = -1;
        slot.Generation = generation;
        slot.AdapterKey = generation.AdapterKey;
        generation.CachedPrompt = keep;
        foreach (var token in generation.Prompt)
        {
            generation.Sampler.Accept(token);
        }

        // In order of sequence: llama.cpp processes adjacent ones together in one pass over the weights.
        var place = _running.FindIndex(other => other.Sequence > slot.Sequence);
        _running.Insert(place < 0 ? _running.Count : place, slot);
    }

    private void End(SequenceSlot slot, Finished.Types.Reason reason)
    {
        var generation = slot.Generation!;
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
                },
            }
        );
        Release(slot);
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
        foreach (var slot in _running.ToArray())
        {
            slot.Generation!.Log.Add(
                new GenerationEvent
                {
                    Failed = new Failed { ErrorKind = RunnerErrors.Internal, Message = message },
                }
            );
            Release(slot);
            _context.Forget(slot.Sequence, 0);
            slot.Cached.Clear();
        }
    }

    private void Release(SequenceSlot slot)
    {
        var generation = slot.Generation!;
        slot.Generation = null;
        slot.NextToken = -1;
        _running.Remove(slot);
        Conclude(generation);
    }

    private void Conclude(Generation generation)
    {
        Interlocked.Decrement(ref _active);
        _told(generation, true);
        ActiveChanged?.Invoke();
        generation.Dispose();
    }

    /// <summary>Clears the caches of unused slots.</summary>
    private bool ForgetIdle()
    {
        var freed = false;
        foreach (var slot in _slots.Where(static slot => slot.IsFree && slot.Cached.Count > 0))
        {
            _context.Forget(slot.Sequence, 0);
            slot.Cached.Clear();
            freed = true;
        }

        return freed;
    }
}
