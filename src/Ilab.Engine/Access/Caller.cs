using Ilab.Engine.Errors;
using Ilab.Posix.Processes;

namespace Ilab.Engine.Access;

/// <summary>On whose behalf something is done.</summary>
/// <param name="Uid">User id; the owner of what is created.</param>
/// <param name="IsAdmin">May change what belongs to others.</param>
public sealed record Caller(uint Uid, bool IsAdmin)
{
    /// <summary>The service itself, and whoever runs it.</summary>
    public static Caller Service { get; } = new(CurrentProcess.EffectiveUser, IsAdmin: true);

    /// <summary>Whether the caller sees, and may use, the models of others.</summary>
    public bool SeesModels { get; init; } = true;

    /// <summary>Whether the caller sees, and may use, the datasets of others.</summary>
    public bool SeesDatasets { get; init; } = true;

    /// <summary>Whether the caller sees in lists what jobs others have.</summary>
    public bool SeesJobs { get; init; } = true;

    /// <summary>Maximum bytes of blobs that the caller's names refer to; null = unlimited.</summary>
    public long? MostDisk { get; init; }

    /// <summary>Maximum number of the caller's unfinished jobs; null = unlimited.</summary>
    public int? MostJobs { get; init; }

    public bool Owns(uint owner) => IsAdmin || Uid == owner;

    /// <param name="what">For the message, such as <c>job 0123456789ab</c>.</param>
    /// <exception cref="EngineException">PERMISSION_DENIED.</exception>
    public void RequireOwner(uint owner, string what)
    {
        if (!Owns(owner))
        {
            throw Denied(owner, what);
        }
    }

    /// <summary>PERMISSION_DENIED, because an object belongs to another user.</summary>
    public static EngineException Denied(uint owner, string what) =>
        new(ErrorKind.PermissionDenied, $"{what} belongs to {NameOf(owner)}", "only its owner and admins may do this");

    /// <summary>For people: the name, or the number of a user without one.</summary>
    public static string NameOf(uint user) => Accounts.UserName(user) is { Length: > 0 } name ? $"user {name}" : $"uid {user}";
}
