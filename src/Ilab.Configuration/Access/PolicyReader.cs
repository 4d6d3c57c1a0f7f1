using Ilab.Configuration.Settings;
using Ilab.Posix.Processes;

namespace Ilab.Configuration.Access;

/// <summary>
/// Reads a policy file: lines of the form <c>name = value</c>, as in <c>ilabd.conf</c>. All problems are reported at once, each with its line. Names of users
/// and groups are looked up once, when the file is read.
/// </summary>
public static class PolicyReader
{
    private static readonly string[] RoleNames = ["none", "user", "trainer", "admin"];
    private static readonly string[] PermissionNames = ["look", "run", "own", "import", "train"];
    private static readonly string[] LimitNames = ["disk", "requests", "jobs", "memory", "rpm", "tpm"];

    /// <param name="path">For the problems.</param>
    /// <returns>The policy, and why it cannot be used; it must not be used if there are problems.</returns>
    public static (Policy Policy, IReadOnlyList<string> Problems) Read(string path, IEnumerable<string> lines)
    {
        var (draft, problems, seen) = (new Draft(), new List<string>(), new Dictionary<string, int>());
        foreach (var (index, line) in lines.Index())
        {
            var text = line.Split('#')[0].Trim();
            if (text.Length == 0)
            {
                continue;
            }

            try
            {
                var equals = text.IndexOf('=', StringComparison.Ordinal);
                var (name, value) = equals > 0 ? (text[..equals].Trim(), text[(equals + 1)..].Trim()) : throw new FormatException("expected name = value");
                if (!seen.TryAdd(name, index + 1))
                {
                    throw new FormatException($"{name} is already set in line {seen[name]}");
                }

                Apply(draft, name, value);
            }
            catch (FormatException exception)
            {
                problems.Add($"{path}:{index + 1}: {exception.Message}");
            }
        }

        return (draft.Build(), problems);
    }

    private static void Apply(Draft draft, string name, string value)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var (kind, rest) = dot > 0 ? (name[..dot], name[(dot + 1)..]) : (name, "");
        switch (kind)
        {
            case "default" when rest.Length == 0:
                draft.Policy = draft.Policy with { Fallback = RoleOf(value) };
                break;
            case "user" when rest.Length > 0:
                ApplyToUser(draft, rest, value);
                break;
            case "group" when rest.Length > 0:
                draft.Groups[Accounts.GroupId(rest) ?? throw new FormatException($"no such group: {rest}")] = RoleOf(value);
                break;
            case "certificate" when rest.Length > 0:
                draft.Certificates[rest] = Accounts.UserId(value) ?? throw new FormatException($"no such user: {value}");
                break;
            case "role" when rest.Length > 0:
                ApplyToRole(draft, rest, value);
                break;
            default:
                draft.Policy = ApplySetting(draft.Policy, name, value);
                break;
        }
    }

    private static void ApplyToUser(Draft draft, string rest, string value)
    {
        // A name may contain dots, so what follows the last one is a quota only if it is the name of one.
        var dot = rest.LastIndexOf('.');
        var limit = dot > 0 && LimitNames.Contains(rest[(dot + 1)..]) ? rest[(dot + 1)..] : null;
        var name = limit is null ? rest : rest[..dot];
        var user = Accounts.UserId(name) ?? throw new FormatException($"no such user: {name}");
        if (limit is null)
        {
            draft.Users[user] = RoleOf(value);
        }
        else
        {
            draft.UserLimits[user] = With(draft.UserLimits.GetValueOrDefault(user) ?? new Limits(), limit, value);
        }
    }

    private static void ApplyToRole(Draft draft, string rest, string value)
    {
        var parts = rest.Split('.');
        var role = RoleOf(parts[0]);
        if (parts is [_, "may"] && role is Role.User or Role.Trainer)
        {
            draft.Permissions[role] = [.. value.Split(',').Select(static word => PermissionOf(word.Trim()))];
        }
        else if (parts is [_, var limit] && LimitNames.Contains(limit) && role != Role.None)
        {
            draft.RoleLimits[role] = With(draft.RoleLimits.GetValueOrDefault(role) ?? new Limits(), limit, value);
        }
        else
        {
            throw new FormatException($"unknown setting role.{rest}: use role.ROLE.may, with the role user or trainer, or role.ROLE.{LimitNameList}");
        }
    }

    private static Policy ApplySetting(Policy policy, string name, string value) =>
        name switch
        {
            "see.models" => policy with { SharesModels = Values.OneOf(value, "all", "own") == "all" },
            "see.datasets" => policy with { SharesDatasets = Values.OneOf(value, "all", "own") == "all" },
            "see.jobs" => policy with { SharesJobs = Values.OneOf(value, "all", "own") == "all" },
            "http.loopback" => policy with { HttpLoopback = RoleOf(value) },
            "audit.reads" => policy with { AuditsReads = Values.OneOf(value, "on", "off") == "on" },
            "audit.size" => policy with { AuditSize = Math.Max(4096, Values.Bytes(value)) },
            "audit.files" => policy with { AuditFiles = Values.Number(value, 1, 1000) },
            _ => throw new FormatException(
                $"unknown setting {name}: use default, user.NAME, group.NAME, certificate.NAME, role.ROLE.may, role.ROLE.{LimitNameList}, user.NAME.{LimitNameList}, see.models, "
                    + "see.datasets, see.jobs, http.loopback, audit.reads, audit.size or audit.files"
            ),
        };

    private static string LimitNameList => $"({string.Join('|', LimitNames)})";

    private static Role RoleOf(string text) => Enum.Parse<Role>(Values.OneOf(text, RoleNames), ignoreCase: true);

    private static Permission PermissionOf(string text) => Enum.Parse<Permission>(Values.OneOf(text, PermissionNames), ignoreCase: true);

    private static Limits With(Limits limits, string name, string value) =>
        name switch
        {
            "disk" => limits with { Disk = Values.Bytes(value) },
            "requests" => limits with { Requests = Values.Number(value, 0, 1 << 20) },
            "jobs" => limits with { Jobs = Values.Number(value, 0, 1 << 20) },
            "rpm" => limits with { RequestsPerMinute = Values.Number(value, 0, 1 << 30) },
            "tpm" => limits with { TokensPerMinute = Values.Number(value, 0, 1 << 30) },
            _ => limits with { Memory = Share(value) },
        };

    private static double Share(string text) =>
        text.EndsWith('%') && int.TryParse(text[..^1], System.Globalization.CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100
            ? percent / 100.0
            : throw new FormatException($"\"{text}\" is not a share such as 50%");

    private sealed class Draft
    {
        public Policy Policy { get; set; } = Policy.Default;

        public Dictionary<uint, Role> Users { get; } = [];

        public Dictionary<uint, Role> Groups { get; } = [];

        public Dictionary<string, uint> Certificates { get; } = new(StringComparer.Ordinal);

        public Dictionary<Role, IReadOnlyList<Permission>> Permissions { get; } = new(Policy.Default.Permissions);

        public Dictionary<Role, Limits> RoleLimits { get; } = [];

        public Dictionary<uint, Limits> UserLimits { get; } = [];

        public Policy Build() =>
            Policy with
            {
                Users = Users,
                Groups = Groups,
                Certificates = Certificates,
                Permissions = Permissions,
                RoleLimits = RoleLimits,
                UserLimits = UserLimits,
            };
    }
}
