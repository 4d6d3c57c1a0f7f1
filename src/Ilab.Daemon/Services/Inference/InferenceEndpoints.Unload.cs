using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Inference;

public sealed partial class InferenceEndpoints
{
    public override async Task<UnloadModelResponse> Unload(UnloadModelRequest request, ServerCallContext context)
    {
        var names = await engine.UnloadAsync(request.Reference, request.All, request.Force, context.CancellationToken).ConfigureAwait(false);
        return new UnloadModelResponse { Unloaded = { names } };
    }
}
