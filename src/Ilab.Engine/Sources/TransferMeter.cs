using Ilab.Engine.Models;

namespace Ilab.Engine.Sources;

/// <summary>Progress of one file, five times a second, never backwards: after a new start it is silent until it has caught up.</summary>
internal sealed class TransferMeter(string item, long start, Action<Transfer> progress, TimeProvider time)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly long _begun = time.GetTimestamp();
    private long _told = time.GetTimestamp() - time.TimestampFrequency;
    private long _from = start;
    private long _highest = start;

    public void Restart() => _from = 0;

    public void Report(long done, long total)
    {
        if ((done < _highest || time.GetElapsedTime(_told) < Pace) && done != total)
        {
            return;
        }

        _highest = Math.Max(_highest, done);
        _told = time.GetTimestamp();
        var seconds = Math.Max(time.GetElapsedTime(_begun).TotalSeconds, 0.001);
        progress(new Transfer(item, "downloading", _highest, total, Math.Max(0, done - _from) / seconds));
    }
}
