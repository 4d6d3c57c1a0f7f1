using System.Globalization;

namespace Ilab.Native.Llama.Threads;

/// <summary>The control groups of this process, as far as they limit its CPUs. Unreadable files impose no limit.</summary>
/// <param name="root">Directory that contains /proc and /sys.</param>
internal sealed class ControlGroups(string root)
{
    /// <returns>CPU time per period in CPUs, the minimum over all levels; null = no quota.</returns>
    public double? Quota()
    {
        double? least = null;
        foreach (var folder in Folders("cpu"))
        {
            if (Quota(folder) is { } quota && (least is null || quota < least))
            {
                least = quota;
            }
        }

        return least;
    }

    /// <returns>The CPUs of the innermost group that restricts them; null = unrestricted.</returns>
    public CpuSet? CpuSet() =>
        Folders("cpuset")
            .SelectMany(static folder => new[] { "cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus" }.Select(file => Path.Combine(folder, file)))
            .Select(static path => ReadLine(path) is { } line ? Threads.CpuSet.Parse(line) : null)
            .FirstOrDefault(static set => set is not null);

    /// <returns>The first line; null if the file does not exist or is not readable.</returns>
    public static string? ReadLine(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadLines(path).FirstOrDefault() : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static double? Quota(string folder)
    {
        if (ReadLine(Path.Combine(folder, "cpu.max"))?.Split(' ') is [var most, var span])
        {
            return Ratio(most, span); // "max" is not a number
        }

        return ReadLine(Path.Combine(folder, "cpu.cfs_quota_us")) is { } quota && ReadLine(Path.Combine(folder, "cpu.cfs_period_us")) is { } period
            ? Ratio(quota, period)
            : null;
    }

    private static double? Ratio(string quota, string period) => Number(quota) is > 0 and var time && Number(period) is > 0 and var span ? time / span : null;

    /// <returns>-1 if it is not a number, such as <c>max</c> and <c>-1</c>.</returns>
    private static double Number(string text) => double.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : -1;

    /// <summary>The group's directory in the hierarchy of a controller and its ancestors, innermost first: version 2, then version 1.</summary>
    private IEnumerable<string> Folders(string controller)
    {
        foreach (var line in Lines("proc/self/cgroup"))
        {
            if (line.Split(':', 3) is not [_, var controllers, var group] || (controllers.Length > 0 && !controllers.Split(',').Contains(controller)))
            {
                continue;
            }

            foreach (var folder in Mount(controllers.Length == 0 ? null : controller) is { } mount ? Up(mount, group) : [])
            {
                yield return folder;
            }
        }
    }

    private IEnumerable<string> Up((string Root, string Point) mount, string group)
    {
        // In a container, the mount shows a part of the hierarchy, and paths may be relative to the host's root.
        var relative = mount.Root != "/" && group.StartsWith(mount.Root, StringComparison.Ordinal) ? group[mount.Root.Length..] : group;
        var top = Path.Combine(root, mount.Point.TrimStart('/')).TrimEnd('/');
        for (var path = relative.Trim('/'); path.Length > 0; path = Path.GetDirectoryName(path) ?? "")
        {
            yield return Path.Combine(top, path);
        }

        yield return top;
    }

    /// <param name="controller">Null = version 2.</param>
    private (string Root, string Point)? Mount(string? controller)
    {
        foreach (var line in Lines("proc/self/mountinfo"))
        {
            // 36 35 98:0 /root /point options - type source super-options
            var halves = line.Split(" - ", 2);
            if (
                halves.Length == 2
                && halves[0].Split(' ') is [_, _, _, var top, var point, ..]
                && halves[1].Split(' ') is [var type, _, var options, ..]
                && (controller is null ? type == "cgroup2" : type == "cgroup" && options.Split(',').Contains(controller))
            )
            {
                return (top, point);
            }
        }

        return null;
    }

    private string[] Lines(string file)
    {
        try
        {
            var path = Path.Combine(root, file);
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
