using System.Net;
using Ilab.Configuration.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Access;
using Ilab.Engine.Serving.Models;
using Ilab.Http.Access;

namespace Ilab.Daemon.Access;

/// <summary>Who makes an HTTP request. The kernel does not say whose a TCP connection is, so the policy says what requests of this machine may do.</summary>
internal sealed class HttpAccess(PolicyFile policy, Gate gate, Quotas quotas, Activity activity, TimeProvider time) : IHttpAccess
{
    public IHttpCaller Identify(HttpContext context, string operation)
    {
        var now = policy.Current;
        var remote = context.Connection.RemoteIpAddress;
        var role = remote is not null && IPAddress.IsLoopback(remote) ? now.HttpLoopback : Role.None;
        var identity = new Identity(PeerIdentity.Unknown, role, now)
        {
            From = $"http:{new IPEndPoint(remote ?? IPAddress.None, context.Connection.RemotePort)}",
        };
        return new Request(identity, operation, gate, quotas, activity.Begin(), time);
    }

    private sealed class Request(Identity identity, string operation, Gate gate, Quotas quotas, IDisposable open, TimeProvider time) : IHttpCaller
    {
        private readonly long _started = time.GetTimestamp();
        private IDisposable? _admitted;

        public Caller Caller => identity.Caller;

        public async Task AdmitAsync(CancellationToken cancellationToken)
        {
            if (identity.Role == Role.None && CallRules.All.GetValueOrDefault(operation) is not { Permission: Permission.Open })
            {
                throw new UnauthenticatedException("this service answers HTTP requests only if its policy lets them in: set http.loopback in policy.conf");
            }

            _admitted = await gate.AdmitAsync(identity, operation, cancellationToken);
        }

        public Task<MemoryShare> ShareAsync(CancellationToken cancellationToken) => quotas.ShareAsync(identity, cancellationToken);

        public void Record(string target, string outcome) => gate.Record(identity, operation, target, outcome, _started);

        public void Dispose()
        {
            _admitted?.Dispose();
            open.Dispose();
        }
    }
}
