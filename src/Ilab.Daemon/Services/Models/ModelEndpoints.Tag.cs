using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task<TagModelResponse> Tag(TagModelRequest request, ServerCallContext context)
    {
        var (model, before) = await store.Catalog.MoveAsync(context.GetCaller(), request.Source, request.Target, context.CancellationToken);
        events.Publish("model", "tag", model.Digest.ToString(), model.Name);
        return new TagModelResponse { Model = model.ToWire(IsLoaded), MovedFrom = before?.ToString() ?? "" };
    }
}
