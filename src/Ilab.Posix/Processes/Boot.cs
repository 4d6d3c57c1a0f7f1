namespace Ilab.Posix.Processes;

/// <summary>Identifies the current boot of the machine.</summary>
public static class Boot
{
    private const string IdFile = "/proc/sys/kernel/random/boot_id";

    /// <summary>The kernel's random id of this boot; empty if not available.</summary>
    public static string Id { get; } = File.Exists(IdFile) ? File.ReadAllText(IdFile).Trim() : "";
}
