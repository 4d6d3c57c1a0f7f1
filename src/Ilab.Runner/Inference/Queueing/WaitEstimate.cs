namespace Ilab.Runner.Inference.Queueing;

/// <summary>How long whoever is refused should stay away, from how long requests took lately.</summary>
internal sealed class WaitEstimate
{
    private const double Newest = 0.2;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private TimeSpan _usual = TimeSpan.FromSeconds(5);

    /// <summary>A request took so long from its start to its end.</summary>
    public void Note(TimeSpan took) => _usual = (_usual * (1 - Newest)) + (took * Newest);

    /// <summary>Time until half of those who wait are served: then there is room again, and not everybody comes back at once.</summary>
    public TimeSpan RetryAfter(int waiting, int running)
    {
        var time = _usual * ((waiting / 2 / Math.Max(1, running)) + 1);
        return TimeSpan.FromSeconds(Math.Ceiling(Math.Clamp(time.TotalSeconds, Shortest.TotalSeconds, Longest.TotalSeconds)));
    }
}
