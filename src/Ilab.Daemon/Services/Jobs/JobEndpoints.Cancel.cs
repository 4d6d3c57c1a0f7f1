using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Jobs;

internal sealed partial class JobEndpoints
{
    public override async Task<CancelJobResponse> Cancel(CancelJobRequest request, ServerCallContext context) =>
        new() { Job = ToWire(await jobs.CancelAsync(context.GetCaller(), request.Id, context.CancellationToken)) };
}
