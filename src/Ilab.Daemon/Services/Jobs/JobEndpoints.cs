using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Devices;

namespace Ilab.Daemon.Services.Jobs;

/// <summary>ilab.v1.JobService; one file per call.</summary>
internal sealed partial class JobEndpoints(JobManager jobs, DeviceLedger devices, TimeProvider time) : JobService.JobServiceBase
{
    internal static Job ToWire(JobRecord job)
    {
        var wire = new Job
        {
            Id = job.Id,
            Kind = job.Kind,
            Title = job.Title,
            State = (Api.V1.JobState)(int)job.State,
            Created = job.Created.ToTimestamp(),
            Started = job.Started?.ToTimestamp(),
            Ended = job.Ended?.ToTimestamp(),
            Progress = job.Progress?.ToWire(),
            Result = job.Result,
            Error = ToWire(job.Error),
            Attempts = (uint)job.Attempts,
            Uid = job.Uid,
        };
        wire.Labels.Add(job.Labels.ToDictionary());
        return wire;
    }

    private static ErrorDetail? ToWire(JobError? error) => error is null ? null : ErrorMapping.Detail(error.Kind, error.Message, error.Hint);
}
