using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task<TagModelResponse> Tag(TagModelRequest request, ServerCallContext context)
    {
        var (model, before) = await store.Catalog.MoveAsync(request.Source, request.Target, context.CancellationToken);
        events.Publish("model", "tag", model.Digest.ToString(), model.Name);
        return new TagModelResponse { Model = model.ToWire(IsLoaded), MovedFrom = before?.ToString() ?? "" };
    }
}
