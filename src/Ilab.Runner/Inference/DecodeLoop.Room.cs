namespace Ilab.Runner.Inference;

/// <summary>
/// Room in the cache. Nobody knows how long an answer is going to be, and few are as long as they may be: cells are kept for what there is and some more, and
/// then for more as it grows. Where there are none left, those who came last pause, and go on when others have ended.
/// </summary>
internal sealed partial class DecodeLoop
{
    private const int LeastAhead = 32,
        MostAhead = 256;

    /// <summary>Tokens that a step may add to an answer, most guesses included; fewer are guessed where there is no room for them.</summary>
    private const int OfAStep = 16;

    private readonly List<Generation> _paused = []; // in order of importance and arrival
    private long _reserved; // cells that are kept for running generations

    /// <summary>
    /// Whether there is room in a step, and in the cache for what there is of it and some more. Work that nobody waits for leaves a quarter of the places to
    /// those who do wait.
    /// </summary>
    private bool HasRoomFor(Generation generation) => HasRoomFor(generation, _running.Count, _reserved);

    private bool HasRoomFor(Generation generation, int running, long reserved)
    {
        var places = generation.Request.Priority == 0 ? _parallel : _parallel - (_parallel / 4);
        return running < places && (running == 0 || reserved + CellsFor(generation, generation.Known.Length) <= _cells);
    }

    /// <summary>Lets less important ones pause for one who waits, if that makes enough room.</summary>
    /// <returns>Whether there is room now.</returns>
    private bool MakeWay(Generation next)
    {
        var others = _running.Where(other => other.Request.Priority <= next.Request.Priority).ToArray();
        if (others.Length == _running.Count || !HasRoomFor(next, others.Length, others.Sum(static other => (long)other.Reserved)))
        {
            return false;
        }

        while (!HasRoomFor(next))
        {
            Pause(_running[^1]);
        }

        return true;
    }

    /// <summary>Keeps cells for what the next step adds. One generation alone always has room: the cache holds a whole context at least.</summary>
    private void MakeRoom()
    {
        for (var index = 0; index < _running.Count; index++)
        {
            var generation = _running[index];
            var tokens = generation.Sequence?.Tokens.Count ?? 0;
            if (tokens + OfAStep < generation.Reserved)
            {
                continue;
            }

            var cells = CellsFor(generation, Math.Max(tokens, generation.Known.Length));
            while (_running.Count > index + 1 && _reserved + cells - generation.Reserved > _cells)
            {
                Pause(_running[^1]);
            }

            if (index > 0 && _reserved + cells - generation.Reserved > _cells)
            {
                Pause(generation);
                return;
            }

            Reserve(generation, cells);
        }
    }

    private int CellsFor(Generation generation, int tokens) =>
        Math.Min(generation.MostTokens(_contextLength), tokens + Math.Clamp(_contextLength / 16, LeastAhead, MostAhead));

    private void Reserve(Generation generation, int cells)
    {
        _reserved += cells - generation.Reserved;
        generation.Reserved = cells;
    }

    /// <summary>In order of importance and arrival: the order in which prompts are processed.</summary>
    private static void Insert(List<Generation> list, Generation generation)
    {
        var place = list.FindIndex(other => (other.Request.Priority, other.Started).CompareTo((generation.Request.Priority, generation.Started)) > 0);
        list.Insert(place < 0 ? list.Count : place, generation);
    }

    private void Pause(Generation generation)
    {
        generation.Pause();
        LeaveDraft(generation);
        _cache.End(generation);
        _running.Remove(generation);
        Reserve(generation, 0);
        Insert(_paused, generation);
        _queueChanged = true;
    }

    /// <summary>Who pauses goes on before anybody begins who is not more important; null = nobody pauses, or somebody goes first.</summary>
    /// <param name="first">Who would begin; null = nobody waits.</param>
    private Generation? NextPaused(Generation? first) =>
        _paused is [var next, ..] && (first is null || next.Request.Priority <= first.Request.Priority) ? next : null;
}
