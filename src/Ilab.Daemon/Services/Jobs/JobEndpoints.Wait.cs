using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Jobs;

namespace Ilab.Daemon.Services.Jobs;

internal sealed partial class JobEndpoints
{
    public override async Task<WaitJobResponse> Wait(WaitJobRequest request, ServerCallContext context)
    {
        var own = await jobs.FindOwnAsync(context.GetCaller(), request.Id, context.CancellationToken);
        var job = await jobs.WaitAsync(own.Id, context.CancellationToken);
        return new WaitJobResponse { Job = ToWire(job), ExitCode = JobStateMachine.ExitCode(job.State) };
    }
}
