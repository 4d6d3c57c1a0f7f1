using System.Runtime.InteropServices;
using Ilab.Native.Llama.Threads;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Runner.Hosting;

/// <summary>What a process of its own needs of the system.</summary>
internal static partial class NativeProcess
{
    private const int CreateReadWriteCloseOnExec = 0x80000 | 0x40 | 0x2;
    private const int AppendWriteCreateCloseOnExec = 0x80000 | 0x400 | 0x40 | 0x1;
    private const int ExclusiveNonBlocking = 2 | 4;

    /// <summary>Leaves the caller's session, so that its terminal and its end do not reach this process.</summary>
    public static void LeaveSession() => _ = setsid();

    public static void OnlyOwnerMayTouchFiles() => _ = umask(0x3F);

    /// <summary>Takes an exclusive lock that lasts as long as this process.</summary>
    /// <returns>Null when another process holds it.</returns>
    public static SafeFileHandle? TryLock(string path)
    {
        var file = open(path, CreateReadWriteCloseOnExec, 0x180);
        if (file.IsInvalid)
        {
            throw new IOException($"{path}: error {Marshal.GetLastPInvokeError()}");
        }

        if (flock(file, ExclusiveNonBlocking) == 0)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Opens a log for appending and makes it standard output and standard error, also for native code.</summary>
    public static SafeFileHandle RedirectOutput(string path)
    {
        var file = open(path, AppendWriteCreateCloseOnExec, 0x180);
        if (file.IsInvalid)
        {
            throw new IOException($"{path}: error {Marshal.GetLastPInvokeError()}");
        }

        _ = dup2(file, 1);
        _ = dup2(file, 2);
        return file;
    }

    /// <summary>Clock ticks after boot at which this process started (field 22 of its stat).</summary>
    public static long StartTime()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], System.Globalization.CultureInfo.InvariantCulture);
    }

    public static string BootId() => File.Exists("/proc/sys/kernel/random/boot_id") ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "";

    /// <summary>Anonymous memory resident now, in bytes: what was allocated, without mapped weights.</summary>
    public static long AnonymousMemory() => Status("RssAnon:");

    /// <summary>Memory resident now, in bytes.</summary>
    public static long Resident() => Status("VmRSS:");

    /// <summary>The most memory that was ever resident, in bytes.</summary>
    public static long PeakMemory() => Status("VmHWM:");

    /// <summary>Has the number of threads follow what the machine has to give, and computes in turn with the other processes of a folder; without one, and
    /// where it cannot be written, at any time.</summary>
    /// <param name="threads">At most; 0 = as many as the machine gives.</param>
    /// <returns>How many there may be at the moment.</returns>
    public static int GovernThreads(int threads, string? folder)
    {
        try
        {
            return ComputeThreads.Govern(threads, folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"computing without turns: {exception.Message}");
            return ComputeThreads.Govern(threads);
        }
    }

    private static long Status(string key) =>
        File.ReadLines("/proc/self/status").Where(line => line.StartsWith(key, StringComparison.Ordinal))
            .Select(static line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) * 1024)
            .FirstOrDefault();

    [LibraryImport("libc")]
    private static partial int setsid();

    [LibraryImport("libc")]
    private static partial int umask(int mask);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport("libc")]
    private static partial int dup2(SafeFileHandle file, int target);
}
