using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Events;

namespace Ilab.Daemon.Services.Datasets;

internal sealed partial class DataEndpoints
{
    public override async Task<RemoveDatasetResponse> Remove(RemoveDatasetRequest request, ServerCallContext context)
    {
        var dataset = await catalog.FindRemovableAsync(context.GetCaller(), request.Reference, context.CancellationToken);
        var removal = await catalog.RemoveAsync(context.GetCaller(), request.Reference, request.Force, context.CancellationToken);
        foreach (var digest in removal.Deleted)
        {
            events.Publish("dataset", "remove", digest.ToString(), dataset.Name, EngineEvent.OwnedBy(dataset.Uid));
        }

        var response = new RemoveDatasetResponse { Reclaimed = (ulong)removal.Reclaimed };
        response.Untagged.AddRange(removal.Untagged);
        response.Deleted.AddRange(removal.Deleted.Select(static digest => digest.ToString()));
        return response;
    }
}
