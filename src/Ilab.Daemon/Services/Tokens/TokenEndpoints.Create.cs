using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Tokens;

internal sealed partial class TokenEndpoints
{
    public override async Task<CreateTokenResponse> Create(CreateTokenRequest request, ServerCallContext context)
    {
        var scopes = TokenScopes.Parse(request.Scopes);
        foreach (var scope in scopes)
        {
            context.GetIdentity().Require(scope, $"create a token for '{TokenScopes.NameOf(scope)}'");
        }

        var (token, secret) = await tokens.CreateAsync(
            context.GetCaller(),
            request.Name,
            [.. scopes.Select(TokenScopes.NameOf)],
            request.Lifetime?.ToTimeSpan(),
            context.CancellationToken
        );
        return new CreateTokenResponse { Token = ToWire(token), Secret = secret };
    }
}
