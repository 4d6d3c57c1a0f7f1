using Ilab.Configuration.Service;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Inference;

namespace Ilab.Daemon.Hosting;

/// <summary>Stops a service that was started on demand once it is idle: no open call, no loaded model, no unfinished job.</summary>
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
