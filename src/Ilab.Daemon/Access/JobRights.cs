using Ilab.Configuration.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Access;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Models;
using Ilab.Posix.Processes;

namespace Ilab.Daemon.Access;

/// <summary>What the policy in force allows the users of jobs.</summary>
/// <param name="quotas">Known later: it asks the jobs, which have their handlers from the start.</param>
internal sealed class JobRights(PolicyFile policy, OpenRequests requests, Lazy<Quotas> quotas) : IJobRights
{
    public IJobUser Of(Caller owner)
    {
        // Requests of this machine without a token belong to nobody that the system knows.
        var (now, isAnonymous) = (policy.Current, owner.Uid == PeerIdentity.Unknown.Uid);
        uint[] groups = isAnonymous ? [] : Accounts.GroupsOf(owner.Uid);
        var role = isAnonymous ? now.HttpLoopback : now.RoleOf(owner.Uid, groups, Caller.Service.Uid);
        var peer = new PeerIdentity(0, owner.Uid, groups.FirstOrDefault(uint.MaxValue)) { Groups = groups };
        return new User(new Identity(peer, role, now), owner.IsAdmin, requests, quotas);
    }

    private sealed class User(Identity identity, bool isAdmin, OpenRequests requests, Lazy<Quotas> quotas) : IJobUser
    {
        public Caller Caller { get; } = identity.Caller with { IsAdmin = isAdmin && identity.Caller.IsAdmin };

        public int? MostRequests => identity.Limits.Requests;

        public void RequireRun() => identity.Require(Permission.Run, "ask models");

        public IDisposable BeginRequest() => requests.Begin(identity);

        public Task<MemoryShare> ShareAsync(CancellationToken cancellationToken) => quotas.Value.ShareAsync(identity, cancellationToken);
    }
}
