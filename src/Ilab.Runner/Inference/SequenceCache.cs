using System.Runtime.InteropServices;
using Ilab.Native.Llama;
using Ilab.Runner.Inference.PromptCache;

namespace Ilab.Runner.Inference;

/// <summary>
/// The sequences of a context, which share one KV cache. A new prompt goes on from the longest beginning that any of them has, idle or running. Idle ones are
/// kept until their cells are needed; the least recently used goes first. Used only by the decode thread.
/// </summary>
internal sealed class SequenceCache
{
    /// <summary>
    /// Fewer common tokens are computed once more: shared cells lie apart from a sequence's own, which makes each step of its answer slower.
    /// </summary>
    private const int WorthSharing = 32;

    private const int FewestIdleTokens = 4096;

    private readonly LlamaContext _context;
    private readonly CachedSequence[] _sequences;
    private readonly bool _shares;
    private readonly int _mostIdle;
    private readonly int _window; // of layers with sliding attention; 0 = none
    private long _clock;

    /// <param name="context">The context.</param>
    /// <param name="sequences">Number of sequences that it has.</param>
    /// <param name="contextLength">Tokens per sequence.</param>
    public SequenceCache(LlamaContext context, int sequences, int contextLength)
    {
        _context = context;
        _sequences = [.. Enumerable.Range(0, sequences).Select(static id => new CachedSequence(id))];
        _shares = !context.Model.IsRecurrent;
        _window = context.Model.SlidingWindow;

        // Attention looks at every cell up to the last one in use, even if only to skip it: a cache full of memories would slow down every step.
        _mostIdle = Math.Min(context.Cells, Math.Max(contextLength, FewestIdleTokens));
    }

    /// <summary>Whether the end of a sequence can be forgotten; a recurrent state cannot go back.</summary>
    public bool CanCut => _shares;

    /// <summary>Tokens in the cache, counting shared ones for each sequence.</summary>
    public int Tokens => _sequences.Sum(static sequence => sequence.Tokens.Count);

    /// <summary>
    /// Whether a prompt should wait for one that is being processed: they begin with the same tokens, more of them than are in the cache by now.
    /// </summary>
    /// <param name="generation">Has no sequence yet.</param>
    /// <param name="ahead">Those that are served before it.</param>
    public bool ShouldWait(Generation generation, IEnumerable<Generation> ahead)
    {
        if (!_shares || generation.Request.Fresh)
        {
            return false;
        }

        var cached = -1;
        foreach (var other in ahead)
        {
            if (other.PromptLeft <= 1 || other.AdapterKey != generation.AdapterKey)
            {
                continue;
            }

            var common = Math.Min(generation.Known.Length - 1, generation.Known.AsSpan().CommonPrefixLength(other.Known));
            cached = cached < 0 ? Longest(generation).Common : cached;
            if (common >= Math.Max(cached, other.Known.Length - other.PromptLeft) + WorthSharing)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives a generation a sequence that holds as much of its prompt as is known.</summary>
    public void Begin(Generation generation)
    {
        var (source, common) = generation.Request.Fresh ? (null, 0) : Longest(generation);

        // The last prompt token is always decoded: its logits are needed.
        var keep = Math.Min(common, generation.Known.Length - 1);

        // An idle sequence is continued where it is if little of it is lost by that, or if the whole prompt is there: only another answer to it would be lost.
        var goesOn = source is { IsIdle: true } && (!_shares || 2 * keep >= source.Tokens.Count || keep == generation.Known.Length - 1);
        if (!goesOn && keep < WorthSharing)
        {
            (source, keep) = (null, 0);
        }

        var target = goesOn
            ? source!
            : _sequences.Where(sequence => sequence.IsIdle && sequence != source).MinBy(static sequence => (sequence.Tokens.Count > 0, sequence.LastUsed))
                ?? source!;
        if (target == source)
        {
            keep = Cut(target, keep);
        }
        else
        {
            Forget(target);
            keep = _shares ? keep : 0;
            if (keep > 0)
            {
                _context.Share(source!.Id, target.Id, keep);
                target.Tokens.AddRange(source.Tokens[..keep]);
                source.LastUsed = ++_clock;
            }
        }

        (target.User, target.AdapterKey, target.LastUsed, target.IsSaved) = (generation, generation.AdapterKey, ++_clock, false);
        generation.Sequence = target;
        generation.CachedPrompt = generation.Completed == 0 ? keep : generation.CachedPrompt;
    }

    /// <summary>The generation has ended; what it leaves is kept for later.</summary>
    public void End(Generation generation)
    {
        if (generation.Sequence is { } sequence)
        {
            (sequence.User, sequence.LastUsed) = (null, ++_clock);
            generation.Sequence = null;
            while (_sequences.Where(static one => one.IsIdle).Sum(static one => one.Tokens.Count) > _mostIdle && ForgetOldest()) { }
        }
    }

    /// <summary>Whether all of a sequence's past is there: layers with sliding attention keep what a token at its end may still see.</summary>
    public bool KeepsAll => _shares && _window == 0;

    /// <summary>Number of tokens at the beginning of a prompt that any sequence holds.</summary>
    public int Common(Generation generation) => Longest(generation).Common;

    /// <summary>Whether an idle sequence is worth writing, as far as is known without asking what is on disk.</summary>
    public bool HasUnsaved => Array.Exists(_sequences, IsUnsaved);

    /// <summary>An idle sequence that is worth writing and is not on disk; null = none.</summary>
    public CachedSequence? Unsaved(PromptStore prompts)
    {
        foreach (var sequence in _sequences)
        {
            if (IsUnsaved(sequence))
            {
                if (!prompts.Has(CollectionsMarshal.AsSpan(sequence.Tokens), sequence.AdapterKey))
                {
                    return sequence;
                }

                sequence.IsSaved = true;
            }
        }

        return null;
    }

    private static bool IsUnsaved(CachedSequence sequence) => sequence is { IsIdle: true, IsSaved: false, Tokens.Count: >= PromptStore.WorthKeeping };

    /// <summary>Puts a prompt from disk into an idle sequence, if there is room for it.</summary>
    public void Restore(PromptEntry entry, ReadOnlySpan<byte> state)
    {
        var target = _sequences.Where(static sequence => sequence.IsIdle).MinBy(static sequence => (sequence.Tokens.Count > 0, sequence.LastUsed));
        if (target is null)
        {
            return;
        }

        Forget(target);
        while (!_context.RestoreSequence(target.Id, state))
        {
            _context.Forget(target.Id, 0);
            if (!ForgetOldest())
            {
                return;
            }
        }

        target.Tokens.AddRange(entry.Tokens);
        (target.AdapterKey, target.LastUsed, target.IsSaved) = (entry.Adapters, ++_clock, true);
    }

    /// <summary>Forgets the idle sequence that was used least recently.</summary>
    /// <returns>False if there is none.</returns>
    public bool ForgetOldest()
    {
        var oldest = _sequences.Where(static sequence => sequence.IsIdle && sequence.Tokens.Count > 0).MinBy(static sequence => sequence.LastUsed);
        if (oldest is null)
        {
            return false;
        }

        Forget(oldest);
        return true;
    }

    /// <summary>Forgets everything that a sequence holds.</summary>
    public void Forget(CachedSequence sequence)
    {
        _context.Forget(sequence.Id, 0);
        sequence.Tokens.Clear();
    }

    /// <summary>Forgets all but the first tokens of a sequence.</summary>
    /// <returns>How many it has then: none, where <see cref="CanCut"/> is false.</returns>
    public int Cut(CachedSequence sequence, int keep)
    {
        if (!_context.Forget(sequence.Id, keep))
        {
            _context.Forget(sequence.Id, 0);
            keep = 0;
        }

        sequence.Tokens.RemoveRange(keep, sequence.Tokens.Count - keep);
        return keep;
    }

    /// <summary>
    /// How much of a sequence a prompt may go on from. Cells that no token at its end sees any more are given to others: a prompt that leaves it earlier would
    /// look at what is gone.
    /// </summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="common">Tokens at its beginning that are the prompt's, too.</param>
    /// <param name="most">Tokens of the prompt that may come from the cache.</param>
    private int Usable(CachedSequence sequence, int common, int most) =>
        _window == 0 || common == 0 || _context.FirstPosition(sequence.Id) <= Math.Max(0, Math.Min(common, most) - _window) ? common : 0;

    private (CachedSequence? Source, int Common) Longest(Generation generation)
    {
        var best = ((CachedSequence?)null, 0);
        foreach (var sequence in _sequences)
        {
            // Of equals, an idle one that holds nothing else is continued where it is.
            if (sequence.AdapterKey == generation.AdapterKey && sequence.Tokens.Count > 0 && (_shares || sequence.IsIdle))
            {
                var common = Usable(sequence, sequence.CommonPrefix(generation.Known), generation.Known.Length - 1);
                var isBetter = common > best.Item2 || (common == best.Item2 && common > 0 && sequence.IsIdle && sequence.Tokens.Count == common);
                best = isBetter ? (sequence, common) : best;
            }
        }

        return best;
    }
}
