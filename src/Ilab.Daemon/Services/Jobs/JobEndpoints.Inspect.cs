using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Jobs;

internal sealed partial class JobEndpoints
{
    public override async Task<InspectJobResponse> Inspect(InspectJobRequest request, ServerCallContext context)
    {
        var job = await jobs.FindOwnAsync(context.GetCaller(), request.Id, context.CancellationToken);
        return new InspectJobResponse
        {
            Job = ToWire(job),
            RequestJson = job.Request,
            LastSequence = job.LastSequence,
            Directory = jobs.FolderOf(job.Id),
            Memory = (ulong)devices.OfJob(job.Id),
        };
    }
}
