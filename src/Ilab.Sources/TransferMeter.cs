using Ilab.Engine.Events;

namespace Ilab.Sources;

/// <summary>
/// Progress over all files of a download. Never decreases, even if a file or the service restarts; the speed is averaged over the last ten seconds. Reports
/// five times a second at first and every two seconds later, so that the log of a long download stays small.
/// </summary>
internal sealed class TransferMeter(Action<Transfer> progress, TimeProvider time, long floor)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quickest = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Slowest = TimeSpan.FromSeconds(2);

    private readonly long _begun = time.GetTimestamp();
    private readonly Queue<(long At, long Bytes)> _samples = new();
    private string _item = "";
    private long _before;
    private long _total;
    private long _received;
    private long _highest = floor;
    private long? _told;

    /// <param name="before">Total size of the files before this one.</param>
    /// <param name="total">Total size of all files; 0 = unknown.</param>
    public void Begin(string item, long before, long total) => (_item, _before, _total, _told) = (item, before, total, null);

    /// <summary>Records received data.</summary>
    /// <param name="count">Bytes received over the network.</param>
    /// <param name="done">Bytes of the file available so far.</param>
    /// <param name="size">Size of the file; null = unknown.</param>
    public void Received(int count, long done, long? size)
    {
        _received += count;
        var pace = time.GetElapsedTime(_begun) / 100;
        if (
            _told is { } told
            && time.GetElapsedTime(told)
                < (
                    pace < Quickest ? Quickest
                    : pace > Slowest ? Slowest
                    : pace
                )
            && done != size
        )
        {
            return;
        }

        Tell("downloading", done, size);
    }

    /// <summary>Reports a phase of a complete file.</summary>
    public void Phase(string phase, long size) => Tell(phase, size, size);

    private void Tell(string phase, long done, long? size)
    {
        var now = time.GetTimestamp();
        _told = now;
        while (_samples.Count > 1 && time.GetElapsedTime(_samples.Peek().At, now) > Window)
        {
            _samples.Dequeue();
        }

        var (since, bytes) = _samples.Count > 0 ? _samples.Peek() : (_begun, 0);
        _samples.Enqueue((now, _received));
        var seconds = time.GetElapsedTime(since, now).TotalSeconds;
        _highest = Math.Max(_highest, _before + done);
        var total = _total > 0 ? _total : _before + (size ?? 0);
        progress(new Transfer(_item, phase, total > 0 ? Math.Min(_highest, total) : _highest, total, seconds > 0 ? (_received - bytes) / seconds : 0));
    }
}
