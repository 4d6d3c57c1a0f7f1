using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task<PruneModelsResponse> Prune(PruneModelsRequest request, ServerCallContext context)
    {
        var before = new Filters(request.Filters, "until").Earliest("until", time.GetUtcNow());
        var removal = await store.Catalog.PruneAsync(request.All, request.DryRun, before, context.CancellationToken);
        var response = new PruneModelsResponse { Reclaimed = (ulong)removal.Reclaimed };
        response.Deleted.AddRange(removal.Deleted.Select(static digest => digest.ToString()));
        return response;
    }
}
