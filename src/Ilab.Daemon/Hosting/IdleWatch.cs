using Ilab.Configuration.Service;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Inference;

namespace Ilab.Daemon.Hosting;

/// <summary>Ends a service that was started on demand once nothing needs it: no call is open, no model loaded, no job unfinished.</summary>
internal sealed class IdleWatch(
    ServiceOptions options,
    Activity activity,
    InferenceEngine inference,
    JobManager jobs,
    IHostApplicationLifetime lifetime,
    ILogger<IdleWatch> logger
)
{
    public void Check()
    {
        if (options.IdleExit is { } limit && limit > TimeSpan.Zero && activity.Idle > limit && inference.Loaded.Count == 0 && jobs.Active == 0)
        {
            HostingLog.IdleExit(logger, limit);
            lifetime.StopApplication();
        }
    }
}
