using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Engine.Jobs;

namespace Ilab.Daemon.Services.Host;

internal sealed partial class SystemEndpoints
{
    public override async Task<PruneSystemResponse> Prune(PruneSystemRequest request, ServerCallContext context)
    {
        var filters = new Filters(request.Filters, "until");
        var now = time.GetUtcNow();
        var removal = await parts.Catalog.PruneAsync(request.All, request.DryRun, filters.Earliest("until", now), context.CancellationToken);
        var response = new PruneSystemResponse { Reclaimed = (ulong)removal.Reclaimed };
        response.Models.AddRange(removal.Deleted.Select(static digest => digest.ToString()));
        foreach (
            var job in (await parts.Jobs.ListAsync(context.CancellationToken)).Where(job =>
                JobStateMachine.IsOver(job.State) && filters.Allows("until", value => job.Ended < Filters.Time(value, now))
            )
        )
        {
            response.Reclaimed += Size([job]);
            response.Jobs.Add(job.Id);
            if (!request.DryRun)
            {
                await parts.Jobs.RemoveAsync(job.Id, force: false, context.CancellationToken);
            }
        }

        return response;
    }
}
