namespace Ilab.Configuration.Access;

/// <summary>Who may do what: roles of users and groups, what each role may, what others see, and quotas. Immutable.</summary>
public sealed record Policy
{
    private static readonly Permission[] OfUsers = [Permission.Look, Permission.Run, Permission.Own];
    private static readonly Permission[] OfTrainers = [.. OfUsers, Permission.Import, Permission.Train];

    /// <summary>The policy of a service without a policy file.</summary>
    public static Policy Default { get; } = new();

    /// <summary>Role of callers that no line names. Whoever cannot open the socket is no caller.</summary>
    public Role Fallback { get; init; } = Role.User;

    /// <summary>Roles by user id.</summary>
    public IReadOnlyDictionary<uint, Role> Users { get; init; } = new Dictionary<uint, Role>();

    /// <summary>Roles by group id; a member of several has the highest of them.</summary>
    public IReadOnlyDictionary<uint, Role> Groups { get; init; } = new Dictionary<uint, Role>();

    /// <summary>What each role may do.</summary>
    public IReadOnlyDictionary<Role, IReadOnlyList<Permission>> Permissions { get; init; } =
        new Dictionary<Role, IReadOnlyList<Permission>> { [Role.User] = OfUsers, [Role.Trainer] = OfTrainers };

    /// <summary>Quotas by role.</summary>
    public IReadOnlyDictionary<Role, Limits> RoleLimits { get; init; } = new Dictionary<Role, Limits>();

    /// <summary>Quotas by user id; they replace those of the role.</summary>
    public IReadOnlyDictionary<uint, Limits> UserLimits { get; init; } = new Dictionary<uint, Limits>();

    /// <summary>Role of HTTP requests from this machine that have no token; <see cref="Role.None"/> = they need one.</summary>
    public Role HttpLoopback { get; init; } = Role.None;

    /// <summary>Users by the common names of their client certificates; other certificates are nobody's.</summary>
    public IReadOnlyDictionary<string, uint> Certificates { get; init; } = new Dictionary<string, uint>();

    /// <summary>Whether everybody sees, and may use, the models of others.</summary>
    public bool SharesModels { get; init; } = true;

    /// <summary>Whether everybody sees, and may use, the datasets of others.</summary>
    public bool SharesDatasets { get; init; }

    /// <summary>Whether everybody sees in lists what jobs others have. Their requests and logs stay closed.</summary>
    public bool SharesJobs { get; init; }

    /// <summary>Whether calls that change nothing are in the audit log.</summary>
    public bool AuditsReads { get; init; } = true;

    /// <summary>Bytes after which the audit log is rotated.</summary>
    public long AuditSize { get; init; } = 16 << 20;

    /// <summary>Rotated files of the audit log that are kept.</summary>
    public int AuditFiles { get; init; } = 5;

    /// <summary>The role of a caller. Root and the service's own user are always admins: they could change the policy anyway.</summary>
    /// <param name="groups">All groups of the caller.</param>
    /// <param name="service">The service's own user.</param>
    public Role RoleOf(uint user, IEnumerable<uint> groups, uint service) =>
        user == 0 || user == service ? Role.Admin
        : Users.TryGetValue(user, out var role) ? role
        : groups.Where(Groups.ContainsKey).Select(group => (Role?)Groups[group]).Max() ?? Fallback;

    public bool May(Role role, Permission permission) =>
        permission == Permission.Open || role == Role.Admin || (Permissions.TryGetValue(role, out var permissions) && permissions.Contains(permission));

    /// <summary>Quotas of a user. Admins have only those that name them.</summary>
    public Limits LimitsOf(uint user, Role role) =>
        (RoleLimits.GetValueOrDefault(role) ?? new Limits()).With(UserLimits.GetValueOrDefault(user) ?? new Limits());
}
