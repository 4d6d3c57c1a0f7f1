using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task<CopyModelResponse> Copy(CopyModelRequest request, ServerCallContext context)
    {
        var model = await store.Catalog.CopyAsync(context.GetCaller(), request.Source, request.Target, request.Replace, context.CancellationToken);
        events.Publish("model", "copy", model.Digest.ToString(), model.Name);
        return new CopyModelResponse { Model = model.ToWire(IsLoaded) };
    }
}
