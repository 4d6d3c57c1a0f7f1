using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task<ModelExistsResponse> Exists(ModelExistsRequest request, ServerCallContext context) =>
        new() { Exists = await store.Catalog.ExistsAsync(request.Reference, context.CancellationToken) };
}
