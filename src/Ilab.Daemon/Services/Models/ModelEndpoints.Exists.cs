using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task<ModelExistsResponse> Exists(ModelExistsRequest request, ServerCallContext context) =>
        new() { Exists = await store.Catalog.ExistsAsync(context.GetCaller(), request.Reference, context.CancellationToken) };
}
