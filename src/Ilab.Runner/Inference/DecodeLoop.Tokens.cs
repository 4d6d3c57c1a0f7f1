using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Threads;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference.Output;
using Ilab.Runner.Inference.Speculation;

namespace Ilab.Runner.Inference;

/// <summary>
/// What a step has computed becomes tokens of answers. Greedy answers may have guessed tokens in the step behind their last one: those that were guessed right
/// are taken at once, and the rest is forgotten.
/// </summary>
internal sealed partial class DecodeLoop
{
    private readonly List<double> _acceptances = [];
    private readonly List<Generation> _drafted = [];
    private int _guesses;
    private double _drafting; // seconds of the step for guesses of the draft model

    /// <summary>Whether tokens are guessed. To be set before <see cref="Run"/>.</summary>
    public bool Speculates { private get; set; }

    /// <summary>Guesses tokens; null = only the text itself says how it may go on. Belongs to the loop. To be set before <see cref="Run"/>.</summary>
    public DraftModel? Draft { private get; set; }

    /// <summary>Chooses how many tokens are guessed for each answer of the next step.</summary>
    private void ChooseGuesses()
    {
        (_guesses, _drafting) = (0, 0);
        if (!_cache.CanCut || _parts.Count > 0)
        {
            return;
        }

        _acceptances.Clear();
        _drafted.Clear();
        foreach (var generation in _ready)
        {
            var speculator = generation is { NextToken: >= 0, IsClose: false } ? generation.Speculator : null;
            _acceptances.Add(speculator?.Acceptance ?? 0);
            if (speculator?.IsDrafted == true)
            {
                _drafted.Add(generation);
            }
        }

        var cost = _drafted.Count > 0 ? Draft!.Cost(_drafted.Count) : 0;
        _guesses = _planner.Guesses(CollectionsMarshal.AsSpan(_acceptances), ComputeThreads.Current.Threads, cost);
        if (_guesses > 0 && _drafted.Count > 0)
        {
            var start = Stopwatch.GetTimestamp();
            foreach (var generation in _drafted)
            {
                (generation.Draft ??= Draft!.Take(generation.Known)).Set(generation.Sequence!.Tokens, generation.NextToken);
            }

            Draft!.Guess(_drafted.Select(static generation => generation.Draft!), _guesses);
            _drafted.ForEach(NoteDraft);

            // Reading a prompt is done once: it says nothing of what guesses cost.
            _drafting = _drafted.Exists(static generation => generation.Draft!.IsReading) ? 0 : Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    /// <summary>A draft model that has nothing to say is as good as one that is wrong; one that cannot read an answer is not asked again.</summary>
    private static void NoteDraft(Generation generation)
    {
        var draft = generation.Draft!;
        if (draft.IsLost)
        {
            generation.Speculator!.HasDraft = false;
        }
        else if (draft is { IsReading: false, Guesses.Count: 0 })
        {
            generation.Speculator!.NoteDraft(0, isWrong: true);
        }
    }

    private static void LeaveDraft(Generation generation)
    {
        if (generation.Draft is { } draft)
        {
            (draft.IsTaken, generation.Draft) = (false, null);
        }
    }

    private void AddGuesses(Generation generation)
    {
        generation.Guessed = 0;
        if (_guesses == 0 || generation.NextToken < 0 || generation.IsClose || generation.Speculator is not { Acceptance: > 0 } speculator)
        {
            return;
        }

        var tokens = generation.Sequence!.Tokens;
        var left = generation.Reserved - tokens.Count;
        var room = _batch.Room - _ready.Count; // at most so many answers come after this one
        var drafted = _drafted.Contains(generation) ? generation.Draft?.Guesses ?? [] : null;
        var most = Math.Min(Math.Min(_guesses, drafted?.Count ?? _guesses), Math.Min(left, room));
        for (; generation.Guessed < most; generation.Guessed++)
        {
            var token = drafted?[generation.Guessed] ?? speculator.Guess(generation.Guessed);
            _batch.Add(token, tokens.Count, generation.Sequence.Id, logits: true);
            tokens.Add(token);
        }
    }

    /// <returns>How many there were.</returns>
    private int TakeTokens(Generation generation)
    {
        var (index, guessed) = (generation.LogitsIndex, generation.Guessed);
        if (guessed == 0)
        {
            generation.IsClose = false;
            TakeToken(generation, index, generation.IsGreedy ? Likeliest(index) : generation.Sampler.Sample(_context, index));
            return 1;
        }

        var isDrafted = _drafted.Contains(generation);
        generation.Guesses = (generation.Guesses.Made + guessed, generation.Guesses.Right);
        var (sequence, first) = (generation.Sequence!, generation.Sequence!.Tokens.Count - guessed);
        for (var taken = 0; taken <= guessed; taken++)
        {
            var token = Likeliest(index + taken);
            if (!Margins.IsClear(_context.Logits(index + taken), token))
            {
                // Computed with others, numbers are rounded in another way than by themselves. The token before this one goes into the next step, alone.
                generation.IsClose = true;
                generation.NextToken = sequence.Tokens[first + taken - 1];
                _cache.Cut(sequence, first + taken - 1);
                return taken;
            }

            var isGuessed = taken < guessed && sequence.Tokens[first + taken] == token;
            if (isDrafted && taken < guessed)
            {
                generation.Speculator?.NoteDraft(isGuessed ? 1 : 0, !isGuessed);
            }

            if (isGuessed)
            {
                generation.Guesses = (generation.Guesses.Made, generation.Guesses.Right + 1);
            }
            else
            {
                _cache.Cut(sequence, first + taken);
            }

            if (!TakeToken(generation, index + taken, token) || !isGuessed)
            {
                return taken + 1;
            }
        }

        return guessed + 1;
    }

    private int Likeliest(int index) => TensorPrimitives.IndexOfMax(_context.Logits(index));

    /// <returns>False if the generation has ended.</returns>
    private bool TakeToken(Generation generation, int index, int token)
    {
        var first = generation.DecodeStarted == 0;
        if (first)
        {
            generation.DecodeStarted = Stopwatch.GetTimestamp();
        }

        if (_vocabulary.IsEndOfGeneration(token))
        {
            End(generation, Finished.Types.Reason.Stop);
            return false;
        }

        var logprob = generation.WantsLogprobs ? LogprobReader.Read(_context.Logits(index), token, (int)generation.Request.Logprobs, _vocabulary) : null;
        var stopped = generation.Append(token, Piece(token), logprob);
        generation.NextToken = token;
        generation.Speculator?.Add(token);
        Meter.NoteToken();
        if (stopped)
        {
            End(generation, Finished.Types.Reason.Stop);
            return false;
        }

        var isFull = generation.Request.MaxTokens > 0 && generation.Completed >= generation.Request.MaxTokens;
        if (isFull || generation.Prompt.Length + generation.Completed > _contextLength)
        {
            End(generation, Finished.Types.Reason.Length);
            return false;
        }

        _told(generation, first);
        return true;
    }
}
