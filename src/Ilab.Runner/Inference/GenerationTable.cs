using System.Collections.Concurrent;

namespace Ilab.Runner.Inference;

/// <summary>
/// The generations of this runner by id: running ones, and for a while ended ones, so that a reader that reconnects gets the end. A running generation without
/// a reader is cancelled after its grace period.
/// </summary>
internal sealed class GenerationTable(TimeProvider time)
{
    private static readonly TimeSpan KeptAfterEnd = TimeSpan.FromMinutes(2);

    /// <summary>As many ended ones as the service remembers; at hundreds of requests per second, two minutes of them are hundreds of megabytes.</summary>
    private const int MostEnded = 4096;

    private readonly ConcurrentDictionary<string, Entry> _entries = new();

    /// <returns>False if the id is taken.</returns>
    public bool TryAdd(GenerationLog log, TimeSpan orphanGrace) => _entries.TryAdd(log.Id, new Entry(log, orphanGrace, time.GetUtcNow()));

    /// <summary>Removes the "not found" answer to an early attach, so that the generation can be submitted.</summary>
    public void ForgetUnknown(string id)
    {
        if (_entries.TryGetValue(id, out var entry) && entry is { Generation: null, Grace.Ticks: 0 } && entry.Log.Ended)
        {
            _entries.TryRemove(KeyValuePair.Create(id, entry));
        }
    }

    /// <summary>The ids that end with what a caller chose: <c>ID</c> and <c>CALLER-ID</c>.</summary>
    public IEnumerable<string> Ending(string id) =>
        _entries
            .Where(entry => entry.Value.Generation is not null && (entry.Key == id || entry.Key.EndsWith("-" + id, StringComparison.Ordinal)))
            .Select(static entry => entry.Key);

    public GenerationLog? Find(string id) => _entries.TryGetValue(id, out var entry) ? entry.Log : null;

    /// <summary>Associates the log with its generation.</summary>
    public void SetGeneration(Generation generation)
    {
        if (_entries.TryGetValue(generation.Log.Id, out var entry))
        {
            entry.Generation = generation;
            if (entry.CancelRequested)
            {
                generation.CancelRequested = true;
            }
        }
    }

    public void AddReader(string id) => Change(id, +1);

    public void RemoveReader(string id) => Change(id, -1);

    public void Cancel(string id)
    {
        if (_entries.TryGetValue(id, out var entry))
        {
            entry.CancelRequested = true;
            entry.Generation?.CancelRequested = true;
        }
    }

    /// <summary>Cancels orphans and removes expired entries; called about once a second.</summary>
    /// <returns>Whether anything was cancelled.</returns>
    public bool Sweep()
    {
        var now = time.GetUtcNow();
        var cancelled = false;
        foreach (var (id, entry) in _entries)
        {
            if (entry.Log.Ended)
            {
                entry.EndedAt ??= now;
                if (now - entry.EndedAt > KeptAfterEnd && entry.Readers == 0)
                {
                    _entries.TryRemove(id, out _);
                }
            }
            else if (entry.Readers == 0 && now - entry.LeftAt > entry.Grace && !entry.CancelRequested)
            {
                Cancel(id);
                cancelled = true;
            }
        }

        ForgetOldest();
        return cancelled;
    }

    private void ForgetOldest()
    {
        var ended = _entries.Where(static entry => entry.Value is { EndedAt: not null, Readers: 0 }).ToList();
        foreach (var entry in ended.OrderBy(static entry => entry.Value.EndedAt).Take(Math.Max(0, ended.Count - MostEnded)))
        {
            _entries.TryRemove(entry);
        }
    }

    private void Change(string id, int by)
    {
        if (_entries.TryGetValue(id, out var entry))
        {
            lock (entry)
            {
                entry.Readers += by;
                entry.LeftAt = time.GetUtcNow();
            }
        }
    }

    private sealed class Entry(GenerationLog log, TimeSpan grace, DateTimeOffset created)
    {
        public GenerationLog Log { get; } = log;

        public TimeSpan Grace { get; } = grace;

        public Generation? Generation { get; set; }

        public bool CancelRequested { get; set; }

        public int Readers { get; set; }

        public DateTimeOffset LeftAt { get; set; } = created;

        public DateTimeOffset? EndedAt { get; set; }
    }
}
