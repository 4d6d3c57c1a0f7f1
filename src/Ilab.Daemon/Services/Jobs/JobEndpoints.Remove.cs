using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Jobs;

internal sealed partial class JobEndpoints
{
    public override async Task<RemoveJobResponse> Remove(RemoveJobRequest request, ServerCallContext context) =>
        new() { Id = await jobs.RemoveAsync(request.Id, request.Force, context.CancellationToken) };
}
