using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Jobs;

internal sealed partial class JobEndpoints
{
    public override async Task<RemoveJobResponse> Remove(RemoveJobRequest request, ServerCallContext context) =>
        new() { Id = await jobs.RemoveAsync(context.GetCaller(), request.Id, request.Force, context.CancellationToken) };
}
