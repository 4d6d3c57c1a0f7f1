using System.Collections.Concurrent;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Remembers what crashed: later starts wait a little, and after three crashes in a row what was started is parked with its reason.</summary>
internal sealed class CrashLedger(TimeProvider time)
{
    /// <summary>How long something stays parked.</summary>
    public static readonly TimeSpan ParkTime = TimeSpan.FromMinutes(5);

    private const int Limit = 3;
    private static readonly TimeSpan[] Pauses = [TimeSpan.Zero, TimeSpan.FromSeconds(2)];
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>One more crash in a row of <paramref name="subject"/> (a model with its settings).</summary>
    public void Crashed(string subject, string reason)
    {
        var crashes = (_entries.TryGetValue(subject, out var old) && old.Crashes < Limit ? old.Crashes : 0) + 1;
        var until = time.GetUtcNow() + (crashes >= Limit ? ParkTime : Pauses[crashes - 1]);
        _entries[subject] = new Entry(crashes, until, reason);
    }

    /// <summary>It works: the row of crashes ends.</summary>
    public void Succeeded(string subject) => _entries.TryRemove(subject, out _);

    /// <summary>Forgets everything about subjects that <paramref name="match"/>; somebody took the matter in hand.</summary>
    public void Forget(Func<string, bool> match)
    {
        foreach (var subject in _entries.Keys.Where(match))
        {
            _entries.TryRemove(subject, out _);
        }
    }

    /// <summary>Null when it may be started; otherwise until when not, and whether to wait or to give up with the reason.</summary>
    public Hold? Check(string subject)
    {
        if (!_entries.TryGetValue(subject, out var entry) || entry.Until <= time.GetUtcNow())
        {
            return null;
        }

        return new Hold(entry.Until, entry.Crashes >= Limit, entry.Reason);
    }

    /// <param name="Until">When it may be started again.</param>
    /// <param name="Parked">False: a short pause. True: it is not tried before that time.</param>
    /// <param name="Reason">How it ended last.</param>
    internal sealed record Hold(DateTimeOffset Until, bool Parked, string Reason);

    private sealed record Entry(int Crashes, DateTimeOffset Until, string Reason);
}
