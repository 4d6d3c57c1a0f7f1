using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Secrets;

internal sealed partial class SecretEndpoints
{
    public override Task<RemoveSecretResponse> Remove(RemoveSecretRequest request, ServerCallContext context)
    {
        secrets.Remove(context.GetCaller(), request.HasUid ? request.Uid : null, request.Name);
        return Task.FromResult(new RemoveSecretResponse());
    }
}
