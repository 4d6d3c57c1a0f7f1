using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Daemon.Services.Host;

internal sealed partial class SystemEndpoints
{
    public override async Task<PruneSystemResponse> Prune(PruneSystemRequest request, ServerCallContext context)
    {
        var filters = new Filters(request.Filters, "until");
        var now = time.GetUtcNow();
        var before = filters.Earliest("until", now);
        var (models, datasets) = (Nameless.None, Nameless.None);
        if (request.All)
        {
            models = await parts.Models.RemoveNamelessAsync(request.DryRun, before, context.CancellationToken);
            datasets = await parts.Datasets.RemoveNamelessAsync(request.DryRun, before, context.CancellationToken);
        }

        var reclaimed = await parts.Blobs.CollectAsync(models + datasets, request.DryRun, before, context.CancellationToken);
        reclaimed += parts.Prompts.Prune(request.DryRun, before);
        var response = new PruneSystemResponse { Reclaimed = (ulong)reclaimed };
        response.Models.AddRange(models.Objects.Select(static digest => digest.ToString()));
        response.Datasets.AddRange(datasets.Objects.Select(static digest => digest.ToString()));
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
