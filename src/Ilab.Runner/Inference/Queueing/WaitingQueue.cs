namespace Ilab.Runner.Inference.Queueing;

/// <summary>
/// Who waits, and who is next: the more important first, then whoever has least running, then whoever came first. The second request of a caller counts as if
/// the first were running, so that callers take turns however much each of them asks for at once.
/// </summary>
/// <param name="limit">Maximum number of entries.</param>
internal sealed class WaitingQueue<T>(int limit)
    where T : class
{
    private readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    /// <param name="item">Who waits.</param>
    /// <param name="priority">Smaller = more important.</param>
    /// <param name="caller">Whose share it is counted to.</param>
    /// <returns>False if the queue is full.</returns>
    public bool TryAdd(T item, uint priority, string caller)
    {
        if (_entries.Count >= limit)
        {
            return false;
        }

        _entries.Add(new Entry(item, priority, caller));
        return true;
    }

    public void Remove(T item) => _entries.RemoveAll(entry => entry.Item == item);

    public IReadOnlyList<T> RemoveAll(Predicate<T> match)
    {
        T[] removed = [.. _entries.Select(static entry => entry.Item).Where(item => match(item))];
        _entries.RemoveAll(entry => match(entry.Item));
        return removed;
    }

    /// <summary>All entries in the order in which they are to be served.</summary>
    /// <param name="running">Number of running requests by caller.</param>
    public IReadOnlyList<T> InOrder(IReadOnlyDictionary<string, int> running)
    {
        var ranks = new Dictionary<(uint, string), int>();
        var ranked = new List<(Entry Entry, int Rank)>(_entries.Count);
        foreach (var entry in _entries)
        {
            var key = (entry.Priority, entry.Caller);
            var rank = ranks.TryGetValue(key, out var next) ? next : running.GetValueOrDefault(entry.Caller);
            ranks[key] = rank + 1;
            ranked.Add((entry, rank));
        }

        return [.. ranked.OrderBy(static one => one.Entry.Priority).ThenBy(static one => one.Rank).Select(static one => one.Entry.Item)];
    }

    private sealed record Entry(T Item, uint Priority, string Caller);
}
