using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Inference;
using Ilab.Executors.Local;

namespace Ilab.Daemon.Hosting;

/// <summary>Runs the engine within the service: resumes jobs before the first call, notifies the service manager, exits when idle.</summary>
internal sealed class EngineHost(
    InferenceEngine inference,
    JobManager jobs,
    LocalExecutor local,
    EventBus events,
    ServiceManager systemd,
    IdleWatch idle,
    ILogger<EngineHost> logger
) : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        local.Adopt();
        await jobs.StartAsync(cancellationToken);
        events.Publish(
            "system",
            "start",
            Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture),
            "ilabd",
            ("version", BuildInfo.Version)
        );
        HostingLog.Adopted(logger, inference.Loaded.Count, jobs.Active);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        systemd.Stopping();
        events.Publish("system", "stop", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), "ilabd");
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The heartbeat comes from the thread pool that does the work: a service whose threads are stuck stops sending it and is restarted.
        var watchdog = systemd.WatchdogInterval;
        using var timer = new PeriodicTimer(watchdog is { } interval && interval < TimeSpan.FromSeconds(1) ? interval : TimeSpan.FromSeconds(1));
        var status = "";
        await using var stopped = stoppingToken.Register(timer.Dispose); // ends the loop; an exception here would look like a defect in the log
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            if (watchdog is not null)
            {
                systemd.Alive();
            }

            var now = $"{inference.Loaded.Count} models loaded, {jobs.Active} jobs";
            if (now != status)
            {
                status = now;
                systemd.Status(now);
            }

            idle.Check();
        }
    }
}
