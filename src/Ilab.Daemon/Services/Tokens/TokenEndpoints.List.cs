using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Tokens;

internal sealed partial class TokenEndpoints
{
    public override async Task<ListTokensResponse> List(ListTokensRequest request, ServerCallContext context) =>
        new() { Tokens = { (await tokens.ListAsync(context.GetCaller(), context.CancellationToken)).Select(ToWire) } };
}
