using Grpc.Core;
using Ilab.Configuration.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;

namespace Ilab.Daemon.Access;

/// <summary>Who makes a call, and what the policy in force says about them.</summary>
/// <param name="Scope">Permissions of the token in use; null = there is none, and the role alone counts.</param>
internal sealed record Identity(PeerIdentity Peer, Role Role, Policy Policy, IReadOnlyList<Permission>? Scope = null)
{
    /// <summary>Where the call came in, for the audit log.</summary>
    public string From { get; init; } = "";

    /// <summary>Identifies the token or client certificate in use; null = none.</summary>
    public string? Credential { get; init; }

    public Limits Limits { get; } = Policy.LimitsOf(Peer.Uid, Role);

    /// <summary>For the engine.</summary>
    public Caller Caller { get; } =
        new(Peer.Uid, Role == Role.Admin && Scope?.Contains(Permission.Manage) != false)
        {
            SeesModels = Policy.SharesModels,
            SeesDatasets = Policy.SharesDatasets,
            SeesJobs = Policy.SharesJobs,
            MostDisk = Policy.LimitsOf(Peer.Uid, Role).Disk,
            MostJobs = Policy.LimitsOf(Peer.Uid, Role).Jobs,
        };

    public bool May(Permission permission) => Policy.May(Role, permission) && (Scope is null || permission == Permission.Open || Scope.Contains(permission));

    /// <exception cref="EngineException">PERMISSION_DENIED.</exception>
    public void Require(Permission permission, string what)
    {
        if (!May(permission))
        {
            throw new EngineException(
                ErrorKind.PermissionDenied,
                Role == Role.None ? $"{Caller.NameOf(Peer.Uid)} may not use this service"
                    : Policy.May(Role, permission) ? $"the token does not have the scope {TokenScopes.NameOf(permission)}: it may not {what}"
                    : $"{Caller.NameOf(Peer.Uid)} has the role {Role.ToString().ToLowerInvariant()}, which may not {what}",
                "an admin can change that in the policy file; 'ilab system info' names it"
            );
        }
    }
}

internal static class IdentityExtensions
{
    /// <summary>As determined by <see cref="Gate"/> when the call began.</summary>
    public static Identity GetIdentity(this ServerCallContext context) =>
        context.GetHttpContext().Features.Get<Identity>() ?? throw new InvalidOperationException($"{context.Method} was not authorized");

    public static Caller GetCaller(this ServerCallContext context) => context.GetIdentity().Caller;
}
