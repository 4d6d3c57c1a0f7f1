using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Engine.Jobs;

namespace Ilab.Daemon.Services.Jobs;

internal sealed partial class JobEndpoints
{
    public override async Task<WaitJobResponse> Wait(WaitJobRequest request, ServerCallContext context)
    {
        var job = await jobs.WaitAsync(request.Id, context.CancellationToken);
        return new WaitJobResponse { Job = ToWire(job), ExitCode = JobStateMachine.ExitCode(job.State) };
    }
}
