using System.Globalization;

namespace Ilab.Runner.Training.Planning;

/// <summary>The memory available to this process, limited by the machine and by its control groups.</summary>
internal static class AvailableMemory
{
    private const string Groups = "/sys/fs/cgroup";

    /// <returns>Bytes; <see cref="long.MaxValue"/> = unknown.</returns>
    public static long Read()
    {
        var free = File.Exists("/proc/meminfo")
            ? File.ReadLines("/proc/meminfo")
                .Where(static line => line.StartsWith("MemAvailable:", StringComparison.Ordinal))
                .Select(static line => Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024)
                .FirstOrDefault(long.MaxValue)
            : long.MaxValue;
        var own = File.Exists("/proc/self/cgroup")
            ? File.ReadLines("/proc/self/cgroup").FirstOrDefault(static line => line.StartsWith("0::", StringComparison.Ordinal))?[3..]
            : null;
        for (
            var folder = own is null ? null : Groups + own;
            folder?.StartsWith(Groups, StringComparison.Ordinal) == true;
            folder = Path.GetDirectoryName(folder)
        )
        {
            var (limit, used) = (Read(folder, "memory.max"), Read(folder, "memory.current"));
            free = limit < long.MaxValue ? Math.Min(free, Math.Max(0, limit - used)) : free;
        }

        return free;
    }

    private static long Read(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path) ? Number(File.ReadAllText(path).Trim()) : long.MaxValue;
    }

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : long.MaxValue;
}
