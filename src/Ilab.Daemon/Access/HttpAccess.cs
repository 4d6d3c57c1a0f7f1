using System.Net;
using Ilab.Configuration.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Access;
using Ilab.Engine.Serving.Models;
using Ilab.Http.Access;

namespace Ilab.Daemon.Access;

/// <summary>
/// Who makes an HTTP request. Without credentials, the policy says what requests of this machine may do.
/// </summary>
internal sealed class HttpAccess(PolicyFile policy, RemoteIdentity remote, Gate gate, Quotas quotas, RateLimits rates, Activity activity, TimeProvider time)
    : IHttpAccess
{
    public IHttpCaller Identify(HttpContext context, string operation) => new Request(this, context, operation);

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

            _identity = await access.IdentifyAsync(_identity, context, cancellationToken);
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

    private Task<Identity> IdentifyAsync(Identity anonymous, HttpContext context, CancellationToken cancellationToken) =>
        remote.OfAsync(anonymous, context, cancellationToken);

    private void Begin(Identity identity, IHeaderDictionary headers) => rates.Begin(identity, headers);

    private void Use(Identity identity, int tokens) => rates.Use(identity, tokens);

    private long TimeStamp => time.GetTimestamp();

    private IDisposable Begin() => activity.Begin();

    private Task<IDisposable?> AdmitAsync(Identity identity, string operation, CancellationToken cancellationToken) =>
        gate.AdmitAsync(identity, operation, cancellationToken);

    private Task<MemoryShare> ShareAsync(Identity identity, CancellationToken cancellationToken) => quotas.ShareAsync(identity, cancellationToken);

    private void Record(Identity identity, string operation, string target, string outcome, long started) =>
        gate.Record(identity, operation, target, outcome, started);
}
