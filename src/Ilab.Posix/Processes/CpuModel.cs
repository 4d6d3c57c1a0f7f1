namespace Ilab.Posix.Processes;

/// <summary>The processor of this machine.</summary>
public static class CpuModel
{
    /// <summary>As the kernel names it; empty if it does not.</summary>
    public static string Name()
    {
        const string Info = "/proc/cpuinfo";
        var line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? "" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
