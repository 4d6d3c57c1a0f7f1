using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Engine.Tokens;

namespace Ilab.Daemon.Services.Tokens;

/// <summary>ilab.v1.TokenService; one file per call.</summary>
internal sealed partial class TokenEndpoints(TokenStore tokens) : TokenService.TokenServiceBase
{
    private static Token ToWire(TokenRecord token) =>
        new()
        {
            Id = token.Id,
            Name = token.Name,
            Scopes = { token.Scopes },
            Uid = token.Uid,
            Created = token.Created.ToTimestamp(),
            Expires = token.Expires?.ToTimestamp(),
        };
}
