using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Configuration.Access;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override async Task<UnloadModelResponse> Unload(UnloadModelRequest request, ServerCallContext context)
    {
        if (request.All)
        {
            context.GetIdentity().Require(Permission.Manage, "unload all models");
        }

        var names = await engine
            .UnloadAsync(context.GetCaller(), request.Reference, request.All, request.Force, context.CancellationToken)
            .ConfigureAwait(false);
        return new UnloadModelResponse { Unloaded = { names } };
    }
}
