using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Secrets;

internal sealed partial class SecretEndpoints
{
    public override Task<ListSecretsResponse> List(ListSecretsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListSecretsResponse { Secrets = { secrets.List(context.GetCaller()).Select(ToWire) } });
}
