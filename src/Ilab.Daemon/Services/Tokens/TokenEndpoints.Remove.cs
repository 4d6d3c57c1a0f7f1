using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Tokens;

internal sealed partial class TokenEndpoints
{
    public override async Task<RemoveTokenResponse> Remove(RemoveTokenRequest request, ServerCallContext context) =>
        new() { Token = ToWire(await tokens.RemoveAsync(context.GetCaller(), request.Id, context.CancellationToken)) };
}
