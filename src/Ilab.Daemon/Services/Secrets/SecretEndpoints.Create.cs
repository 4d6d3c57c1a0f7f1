using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Secrets;

namespace Ilab.Daemon.Services.Secrets;

internal sealed partial class SecretEndpoints
{
    public override Task<CreateSecretResponse> Create(CreateSecretRequest request, ServerCallContext context)
    {
        var caller = context.GetCaller();
        secrets.Create(caller, request.Name, request.Value, request.Replace);
        return Task.FromResult(new CreateSecretResponse { Secret = ToWire(new SecretInfo(request.Name, caller.Uid, time.GetUtcNow())) });
    }
}
