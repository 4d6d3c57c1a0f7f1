using System.Collections.Concurrent;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Tracks crashes: restarts are delayed, and after three consecutive crashes the subject is parked with its reason.</summary>
internal sealed class CrashTracker(TimeProvider time)
{
    /// <summary>How long a subject stays parked.</summary>
    public static readonly TimeSpan ParkTime = TimeSpan.FromMinutes(5);

    private const int Limit = 3;
    private static readonly TimeSpan[] Pauses = [TimeSpan.Zero, TimeSpan.FromSeconds(2)];
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Records a crash of <paramref name="subject"/> (a model with its settings).</summary>
    public void Crashed(string subject, string reason)
    {
        var crashes = (_entries.TryGetValue(subject, out var old) && old.Crashes < Limit ? old.Crashes : 0) + 1;
        var until = time.GetUtcNow() + (crashes >= Limit ? ParkTime : Pauses[crashes - 1]);
        _entries[subject] = new Entry(crashes, until, reason);
    }

    /// <summary>Resets the consecutive-crash count.</summary>
    public void Succeeded(string subject) => _entries.TryRemove(subject, out _);

    /// <summary>Forgets the subjects selected by <paramref name="match"/>, after operator intervention.</summary>
    public void Forget(Func<string, bool> match)
    {
        foreach (var subject in _entries.Keys.Where(match))
        {
            _entries.TryRemove(subject, out _);
        }
    }

    /// <summary>Null if it may be started; otherwise until when it may not, and whether to wait or to fail with the reason.</summary>
    public Hold? Check(string subject)
    {
        if (!_entries.TryGetValue(subject, out var entry) || entry.Until <= time.GetUtcNow())
        {
            return null;
        }

        return new Hold(entry.Until, entry.Crashes >= Limit, entry.Reason);
    }

    /// <param name="Until">When it may be started again.</param>
    /// <param name="Parked">False: a short delay. True: it is not started before that time.</param>
    /// <param name="Reason">Reason of the last crash.</param>
    internal sealed record Hold(DateTimeOffset Until, bool Parked, string Reason);

    private sealed record Entry(int Crashes, DateTimeOffset Until, string Reason);
}
