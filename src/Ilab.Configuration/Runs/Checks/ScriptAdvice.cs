using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Commands of jobs that destroy the machine they run on.</summary>
internal static class ScriptAdvice
{
    private const string Fix = "name a folder of the job";

    /// <summary>Words before a command.</summary>
    private static readonly string[] Before = ["sudo", "exec", "command", "nohup", "time", "env", "if", "then", "do", "else", "!", "{"];

    /// <summary>Folders that are the machine itself; what is in them may be removed.</summary>
    private static readonly string[] Folders =
    [
        "",
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/home",
        "/lib",
        "/lib64",
        "/opt",
        "/proc",
        "/root",
        "/sbin",
        "/sys",
        "/usr",
        "/var",
        "~",
        "$HOME",
        "${HOME}",
    ];

    private static readonly string[] Disks = ["sd", "hd", "vd", "xvd", "nvme", "mmcblk", "disk"];

    public static void Check(CheckContext context, string field)
    {
        foreach (var (index, words) in ShellWords.Commands(context.Section.Text(field) ?? ""))
        {
            if (Harm(words) is { } message)
            {
                context.Problems.Warn(context.Place(field, index), "path", context.Key(field), message, Fix);
            }
        }
    }

    private static string? Harm(IReadOnlyList<string> words)
    {
        var rest = words.SkipWhile(static word => Before.Contains(word) || word.StartsWith('-') || word.Contains('=', StringComparison.Ordinal)).ToList();
        if (rest.Count == 0)
        {
            return null;
        }

        var (name, folder) = (rest[0][(rest[0].LastIndexOf('/') + 1)..], rest.Skip(1).FirstOrDefault(IsSystem));
        var isAll = folder is not null && (name == "find" ? rest.Contains("-delete") : IsRecursive(rest));
        var writes = name is "dd" or "shred" or "wipefs" || name.StartsWith("mkfs", StringComparison.Ordinal);
        var disk = rest.Where((word, index) => IsDisk(word) && (writes || word[0] == '>' || (index > 0 && rest[index - 1] is ">" or ">>"))).FirstOrDefault();
        return isAll && name is "rm" or "find" ? $"removes everything below {folder}"
            : isAll && name is "chmod" or "chown" ? $"changes everything below {folder}"
            : disk is not null ? $"overwrites a disk: {disk.TrimStart('>')}"
            : null;
    }

    private static bool IsRecursive(IEnumerable<string> words) =>
        words.Any(static word =>
            word == "--recursive" || (word.Length > 1 && word[0] == '-' && word[1] != '-' && word.Contains('r', StringComparison.OrdinalIgnoreCase))
        );

    private static bool IsSystem(string word)
    {
        var path = string.Join('/', word.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static part => part is not ("." or "*")));
        return word.StartsWith('/') ? Folders.Contains(path.Length == 0 ? path : "/" + path) : path.Length > 0 && Folders.Contains(path);
    }

    private static bool IsDisk(string word)
    {
        var path = word.TrimStart('>');
        path = path.StartsWith("of=", StringComparison.Ordinal) ? path[3..] : path;
        return path.StartsWith("/dev/", StringComparison.Ordinal) && Disks.Any(disk => path.AsSpan(5).StartsWith(disk, StringComparison.Ordinal));
    }
}
