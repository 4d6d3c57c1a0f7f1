using System.Net;
using Grpc.Core;
using Ilab.Configuration.Access;
using Ilab.Configuration.Service;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Http.Access;
using Ilab.Posix.Processes;

namespace Ilab.Daemon.Access;

/// <summary>Every call passes it once: who makes it, whether the policy allows it, and a line in the audit log when it has ended.</summary>
internal sealed class Gate(
    PolicyFile policy,
    RemoteIdentity remote,
    RateLimits rates,
    OpenRequests requests,
    Quotas quotas,
    AuditLog audit,
    ServiceOptions options,
    TimeProvider time
)
{
    /// <summary>Determines the caller for the endpoint, on the Unix socket; over TCP, it is nobody yet.</summary>
    public Identity Identify(ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var now = policy.Current;
        if (http.Features.Get<TcpConnection>() is not null)
        {
            return new Identity(PeerIdentity.Unknown, Role.None, now)
            {
                From = $"grpc:{new IPEndPoint(http.Connection.RemoteIpAddress ?? IPAddress.None, http.Connection.RemotePort)}",
            };
        }

        var peer = context.GetPeer();
        return new Identity(peer, now.RoleOf(peer.Uid, [peer.Gid, .. peer.Groups], Caller.Service.Uid), now) { From = "unix:" + options.Socket };
    }

    /// <summary>Identifies the caller over TCP by token or certificate, and counts the call; on the Unix socket, the caller is who it was.</summary>
    /// <exception cref="EngineException">UNAUTHENTICATED.</exception>
    /// <exception cref="RateLimitedException">There were too many calls in the last minute.</exception>
    public async Task<Identity> AuthenticateAsync(Identity identity, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        if (http.Features.Get<TcpConnection>() is not null && CallRules.All.GetValueOrDefault(context.Method) is not { Permission: Permission.Open })
        {
            identity = await remote.OfAsync(identity, http, context.CancellationToken);
            http.Features.Set(new PeerFeature(identity.Peer));
            http.Features.Set(new TokenBudget(rates, identity));
            rates.Begin(identity, http.Response.Headers);
        }

        http.Features.Set(identity);
        return identity;
    }

    /// <returns>To be disposed when the call ends; null = nothing is counted.</returns>
    /// <exception cref="EngineException">PERMISSION_DENIED, QUOTA_EXCEEDED.</exception>
    public async Task<IDisposable?> AdmitAsync(Identity identity, string method, CancellationToken cancellationToken)
    {
        if (!CallRules.All.TryGetValue(method, out var rule))
        {
            throw new EngineException(ErrorKind.PermissionDenied, $"{method} is not a call of this service");
        }

        identity.Require(rule.Permission, rule.Verb);
        if (rule.Stores)
        {
            await quotas.RequireDiskAsync(identity, 0, cancellationToken);
        }

        if (rule.TakesMemory)
        {
            await quotas.RequireMemoryAsync(identity, cancellationToken);
        }

        return rule.IsRequest ? requests.Begin(identity) : null;
    }

    /// <param name="started">A timestamp of the time provider.</param>
    /// <param name="target">What the call was about.</param>
    public void Record(Identity identity, string method, string target, string outcome, long started)
    {
        var rule = CallRules.All.GetValueOrDefault(method);
        if (rule is { Permission: Permission.Open } || (rule is { Changes: false } && outcome == "ok" && !policy.Current.AuditsReads))
        {
            return;
        }

        var elapsed = time.GetElapsedTime(started);
        audit.Add(
            new AuditRecord
            {
                Time = time.GetUtcNow() - elapsed,
                Uid = identity.Peer.Uid,
                Gid = identity.Peer.Gid,
                User = Accounts.UserName(identity.Peer.Uid) ?? "",
                Pid = identity.Peer.Pid,
                Role = identity.Role.ToString().ToLowerInvariant(),
                From = identity.From,
                Method = method.TrimStart('/'),
                Object = target,
                Outcome = outcome,
                Milliseconds = Math.Round(elapsed.TotalMilliseconds, 1),
            }
        );
    }
}
