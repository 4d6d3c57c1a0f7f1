using System.Globalization;

namespace Ilab.Engine.Serving.Devices;

/// <summary>The machine's memory from <c>/proc/meminfo</c>, reduced to the limits of this process's control groups.</summary>
/// <param name="root">Directory that contains <c>proc</c> and <c>sys</c>; differs from <c>/</c> only in tests.</param>
public sealed class CpuMemoryProbe(string root = "/") : IDeviceProbe
{
    public IReadOnlyList<DeviceMemory> Read()
    {
        var (total, available) = ReadMemInfo();
        foreach (var group in ControlGroups())
        {
            if (ReadNumber(Path.Combine(group, "memory.max")) is { } limit && limit < total)
            {
                var used = ReadNumber(Path.Combine(group, "memory.current")) ?? 0;
                // Cache that the kernel drops under memory pressure counts as free.
                var cache = ReadField(Path.Combine(group, "memory.stat"), "inactive_file ") ?? 0;
                total = limit;
                available = Math.Min(available, Math.Max(0, limit - Math.Max(0, used - cache)));
            }
        }

        return total > 0 ? [new DeviceMemory(DeviceMemory.Cpu, CpuName(), total, Math.Min(available, total))] : [];
    }

    private (long Total, long Available) ReadMemInfo()
    {
        var file = Path.Combine(root, "proc/meminfo");
        return ((ReadField(file, "MemTotal:") ?? 0) * 1024, (ReadField(file, "MemAvailable:") ?? 0) * 1024);
    }

    // From the control group of this process up to the root: each may set a limit (control groups version 2).
    private IEnumerable<string> ControlGroups()
    {
        var path = Lines(Path.Combine(root, "proc/self/cgroup")).FirstOrDefault(l => l.StartsWith("0::/", StringComparison.Ordinal))?[4..];
        var mount = Path.Combine(root, "sys/fs/cgroup");
        while (!string.IsNullOrEmpty(path))
        {
            yield return Path.Combine(mount, path);
            path = Path.GetDirectoryName(path);
        }

        yield return mount;
    }

    private string CpuName()
    {
        var line = Lines(Path.Combine(root, "proc/cpuinfo")).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "CPU";
    }

    private static long? ReadNumber(string file) => long.TryParse(Lines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out var value) ? value : null;

    private static long? ReadField(string file, string name)
    {
        var line = Lines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        var value = line?[name.Length..].Trim().Split(' ')[0];
        return long.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static IEnumerable<string> Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadLines(file).ToList() : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
