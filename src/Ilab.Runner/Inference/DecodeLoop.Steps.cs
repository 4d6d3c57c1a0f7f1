using System.Diagnostics;
using Ilab.Native.Llama.Threads;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference.Steps;

namespace Ilab.Runner.Inference;

/// <summary>
/// A step takes tokens of prompts, in order of arrival, and the next tokens of running answers, which share the reads of the weights. How many of each is
/// decided by what steps cost on this machine. A request that is alone has its whole prompt processed in steps of fixed size, so that its answer does not
/// depend on measurements.
/// </summary>
internal sealed partial class DecodeLoop
{
    private readonly StepPlanner _planner;
    private readonly List<Generation> _ready = [];
    private readonly List<(Generation Generation, int Tokens)> _parts = [];
    private long _steps;
    private long _lastPromptStep;

    private void Step()
    {
        for (var index = _running.Count - 1; index >= 0; index--)
        {
            if (_running[index].CancelRequested)
            {
                End(_running[index], Finished.Types.Reason.Cancelled);
            }
        }

        if (_running.Count == 0)
        {
            return;
        }

        MakeRoom();
        TakeTurns();
        ChooseRows();
        ChooseGuesses();
        var start = Stopwatch.GetTimestamp();
        FillBatch();
        var result = _context.Decode(_batch);
        while (result == 1 && _cache.ForgetOldest())
        {
            result = _context.Decode(_batch);
        }

        if (result != 0)
        {
            FailAll($"llama.cpp could not decode (code {result})");
            return;
        }

        var taken = 0;
        foreach (var generation in _ready)
        {
            taken += TakeTokens(generation);
        }

        var prompts = _parts.Sum(static part => part.Tokens);
        Meter.NoteStep(prompts);
        var work = new StepWork(_ready.Count, _batch.Count - _ready.Count - prompts, taken, prompts);
        _planner.Note(work, ComputeThreads.Current.Threads, Stopwatch.GetElapsedTime(start).TotalSeconds, _drafting);
    }

    /// <summary>Chooses the parts of prompts and the answers of the next step.</summary>
    private void ChooseRows()
    {
        _ready.Clear();
        _parts.Clear();
        foreach (var generation in _running)
        {
            if (generation.AdapterKey == _used && generation.IsReady)
            {
                _ready.Add(generation);
            }
        }

        // After a step of prompts alone, everybody who is ready gets a token before the next one.
        var threads = ComputeThreads.Current.Threads;
        var waiting = _ready.Count(generation => generation.LastStep < _lastPromptStep);
        if (_ready.Count < _running.Count && waiting == 0)
        {
            var isAlone = _running.Count == 1 && _queue.Count == 0;
            ChooseParts(isAlone ? _batchSize : _planner.Part(_ready.Count, threads, _running.Count - _ready.Count));
        }

        if (_parts.Count == 0)
        {
            KeepLongestWaiting(_planner.Group(_ready.Count, threads));
            return;
        }

        _lastPromptStep = _steps + 1;
        if (!_planner.Rides(_ready.Count, _parts.Sum(static part => part.Tokens), threads))
        {
            _ready.Clear();
        }
    }

    private void KeepLongestWaiting(int count)
    {
        if (count < _ready.Count)
        {
            _ready.Sort(static (one, other) => one.LastStep.CompareTo(other.LastStep));
            _ready.RemoveRange(count, _ready.Count - count);
        }
    }

    /// <param name="room">Tokens of prompts that the step should take.</param>
    private void ChooseParts(int room)
    {
        for (var index = 0; index < _running.Count && room > 0; index++)
        {
            var generation = _running[index];
            if (generation.AdapterKey != _used || generation.IsReady)
            {
                continue;
            }

            if (generation.Sequence is null)
            {
                if (_cache.ShouldWait(generation, _running.Take(index)))
                {
                    continue;
                }

                Recall(generation);
                _cache.Begin(generation);
                generation.PromptStarted = generation.PromptStarted == 0 ? Stopwatch.GetTimestamp() : generation.PromptStarted;
                if (generation.IsReady)
                {
                    _ready.Add(generation);
                    continue;
                }
            }

            // The last token goes with the answers: its logits must not depend on how much of the prompt was cached, or the same request with the same seed
            // would give another answer the second time (with an accelerator, many rows are computed in another way than one).
            var tokens = Math.Min(room, generation.PromptLeft - 1);
            room -= tokens;
            _parts.Add((generation, tokens));
        }
    }

    private void FillBatch()
    {
        _batch.Clear();
        _steps++;

        // In order of sequence: llama.cpp processes adjacent ones together in one pass over the weights.
        _ready.Sort(static (one, other) => one.Sequence!.Id.CompareTo(other.Sequence!.Id));
        foreach (var generation in _ready)
        {
            var tokens = generation.Sequence!.Tokens;
            var token = generation.NextToken >= 0 ? generation.NextToken : generation.Known[^1];
            generation.LogitsIndex = _batch.Add(token, tokens.Count, generation.Sequence.Id, logits: true);
            generation.LastStep = _steps;
            tokens.Add(token);
            AddGuesses(generation);
        }

        foreach (var (generation, count) in _parts)
        {
            var tokens = generation.Sequence!.Tokens;
            for (var left = count; left > 0; left--)
            {
                var token = generation.Known[tokens.Count];
                _batch.Add(token, tokens.Count, generation.Sequence.Id, logits: false);
                tokens.Add(token);
            }
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
