namespace Ilab.Daemon.Telemetry;

/// <summary>Keeps the sample fresh for a collector, which is sent metrics without asking for them.</summary>
internal sealed class SampleTimer(EngineSample sample) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        await using var stopped = stoppingToken.Register(timer.Dispose);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            await sample.RefreshAsync(CancellationToken.None);
        }
    }
}
