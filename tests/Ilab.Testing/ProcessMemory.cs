using System.Globalization;
using System.Runtime.InteropServices;

namespace Ilab.Testing;

/// <summary>What this process holds in memory, without what its two allocators only keep for later.</summary>
public static partial class ProcessMemory
{
    /// <returns>Resident bytes after a collection, and after the C library gave back what is free.</returns>
    public static long Settled()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        _ = malloc_trim(0);
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }

    [LibraryImport("libc.so.6")]
    private static partial int malloc_trim(nuint pad);
}
