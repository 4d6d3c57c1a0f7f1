using System.Runtime.InteropServices;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Host;

/// <summary>Information about the machine from the kernel.</summary>
internal static class Machine
{
    private static readonly string[] Interesting =
    [
        "avx2",
        "avx_vnni",
        "avx512f",
        "avx512_bf16",
        "avx512_vnni",
        "amx_tile",
        "amx_bf16",
        "f16c",
        "fma",
        "asimd",
        "sve",
    ];

    public static HostInfo Describe()
    {
        var cpu = ReadPairs("/proc/cpuinfo");
        var memory = ReadPairs("/proc/meminfo");
        var info = new HostInfo
        {
            Hostname = Environment.MachineName,
            Os = RuntimeInformation.OSDescription,
            Kernel = KernelRelease(),
            Architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
            Cpus = (uint)Environment.ProcessorCount,
            CpuModel = cpu.GetValueOrDefault("model name", ""),
            MemoryTotal = Kilobytes(memory, "MemTotal"),
            MemoryAvailable = Kilobytes(memory, "MemAvailable"),
        };
        var features = (cpu.GetValueOrDefault("flags") ?? cpu.GetValueOrDefault("Features") ?? "").Split(' ').ToHashSet();
        info.CpuFeatures.AddRange(Interesting.Where(features.Contains));
        return info;
    }

    /// <summary>As printed by <c>uname -r</c>.</summary>
    private static string KernelRelease()
    {
        const string Release = "/proc/sys/kernel/osrelease";
        return File.Exists(Release) ? File.ReadAllText(Release).Trim() : "";
    }

    /// <summary>The first value of each <c>name: value</c> line.</summary>
    private static Dictionary<string, string> ReadPairs(string path)
    {
        var pairs = new Dictionary<string, string>();
        foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                pairs.TryAdd(line[..colon].Trim(), line[(colon + 1)..].Trim());
            }
        }

        return pairs;
    }

    private static ulong Kilobytes(Dictionary<string, string> pairs, string name) =>
        pairs.TryGetValue(name, out var text) && ulong.TryParse(text.Split(' ')[0], out var kilobytes) ? kilobytes * 1024 : 0;
}
