using System.Net;
using Ilab.Configuration.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Access;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Tokens;
using Ilab.Http.Access;
using Ilab.Posix.Processes;

namespace Ilab.Daemon.Access;

/// <summary>
/// Who makes an HTTP request: the owner of its token, with the rights that the token was given. The kernel does not say whose a TCP connection is, so the
/// policy says what requests of this machine without a token may do.
/// </summary>
internal sealed class HttpAccess(PolicyFile policy, TokenStore tokens, Gate gate, Quotas quotas, RateLimits rates, Activity activity, TimeProvider time)
    : IHttpAccess
{
    private const string Bearer = "Bearer ";

    public IHttpCaller Identify(HttpContext context, string operation) => new Request(this, context, operation);

    private static string? SecretOf(HttpRequest request)
    {
        var given = request.Headers.Authorization.ToString();
        given = given.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? given[Bearer.Length..].Trim() : request.Headers["x-api-key"].ToString();

        // Clients that must have a key send any text where none is needed.
        return given.StartsWith(TokenStore.Prefix, StringComparison.Ordinal) ? given : null;
    }

    private async Task<Identity> IdentifyAsync(Identity anonymous, HttpRequest request, CancellationToken cancellationToken)
    {
        if (SecretOf(request) is not { } secret)
        {
            return anonymous;
        }

        var token =
            await tokens.FindAsync(secret, cancellationToken)
            ?? throw new UnauthenticatedException("the token is not valid: it is unknown, removed or expired");
        var now = anonymous.Policy;
        var groups = Accounts.GroupsOf(token.Uid);
        var peer = new PeerIdentity(0, token.Uid, groups.FirstOrDefault(uint.MaxValue));
        return new Identity(peer, now.RoleOf(token.Uid, groups, Caller.Service.Uid), now, TokenScopes.Parse(token.Scopes))
        {
            From = $"{anonymous.From} token {token.Id}",
            TokenId = token.Id,
        };
    }

    private Identity Anonymous(ConnectionInfo connection)
    {
        var (now, remote) = (policy.Current, connection.RemoteIpAddress);
        var role = remote is not null && IPAddress.IsLoopback(remote) ? now.HttpLoopback : Role.None;
        return new Identity(PeerIdentity.Unknown, role, now) { From = $"http:{new IPEndPoint(remote ?? IPAddress.None, connection.RemotePort)}" };
    }

    private sealed class Request(HttpAccess access, HttpContext context, string operation) : IHttpCaller
    {
        private readonly long _started = access.TimeStamp;
        private readonly IDisposable _open = access.Begin();
        private Identity _identity = access.Anonymous(context.Connection);
        private IDisposable? _admitted;

        public Caller Caller => _identity.Caller;

        public async Task AdmitAsync(CancellationToken cancellationToken)
        {
            if (CallRules.All.GetValueOrDefault(operation) is { Permission: Permission.Open })
            {
                return;
            }

            _identity = await access.IdentifyAsync(_identity, context.Request, cancellationToken);
            if (_identity is { Role: Role.None, Scope: null })
            {
                throw new UnauthenticatedException("a token is needed: send 'Authorization: Bearer TOKEN', with one that 'ilab token create' made");
            }

            access.Begin(_identity, context.Response.Headers);
            _admitted = await access.AdmitAsync(_identity, operation, cancellationToken);
        }

        public Task<MemoryShare> ShareAsync(CancellationToken cancellationToken) => access.ShareAsync(_identity, cancellationToken);

        public void Use(int tokens) => access.Use(_identity, tokens);

        public void Record(string target, string outcome) => access.Record(_identity, operation, target, outcome, _started);

        public void Dispose()
        {
            _admitted?.Dispose();
            _open.Dispose();
        }
    }

    // Requests without a token have no id to tell them apart.
    private static string KeyOf(Identity identity) => identity.TokenId ?? "";

    private void Begin(Identity identity, IHeaderDictionary headers) => rates.Begin(identity, KeyOf(identity), headers);

    private void Use(Identity identity, int tokens) => rates.Use(identity, KeyOf(identity), tokens);

    private long TimeStamp => time.GetTimestamp();

    private IDisposable Begin() => activity.Begin();

    private Task<IDisposable?> AdmitAsync(Identity identity, string operation, CancellationToken cancellationToken) =>
        gate.AdmitAsync(identity, operation, cancellationToken);

    private Task<MemoryShare> ShareAsync(Identity identity, CancellationToken cancellationToken) => quotas.ShareAsync(identity, cancellationToken);

    private void Record(Identity identity, string operation, string target, string outcome, long started) =>
        gate.Record(identity, operation, target, outcome, started);
}
