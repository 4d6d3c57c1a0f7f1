using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Posix.Processes;

/// <summary>What this process is and may do: session, file mode mask, standard output, memory.</summary>
public static partial class CurrentProcess
{
    private const int AppendWriteCreateCloseOnExec = 0x80000 | 0x400 | 0x40 | 0x1;
    private const int OwnerReadWrite = 0x180;

    /// <summary>The mask under which only the owner may use what is made.</summary>
    public const UnixFileMode OwnerOnly = (UnixFileMode)0x3F;

    /// <summary>Effective user id.</summary>
    public static uint EffectiveUser => geteuid();

    /// <summary>Starts a session of its own, so that the caller's terminal and end do not reach this process.</summary>
    public static void LeaveSession() => _ = setsid();

    /// <summary>Sets the mode bits that new files and folders never get.</summary>
    public static void SetFileModeMask(UnixFileMode mask) => _ = umask((int)mask);

    /// <summary>Opens a log for appending and makes it standard output and standard error, also for native code.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static SafeFileHandle RedirectOutput(string path)
    {
        var file = open(path, AppendWriteCreateCloseOnExec, OwnerReadWrite);
        if (file.IsInvalid)
        {
            throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        _ = dup2(file, 1);
        _ = dup2(file, 2);
        return file;
    }

    /// <summary>Clock ticks after boot at which this process started.</summary>
    public static long StartTime() => ProcessTable.StartTime(Environment.ProcessId);

    /// <summary>Anonymous memory resident now, in bytes: what was allocated, without mapped weights.</summary>
    public static long AnonymousMemory() => Status("RssAnon:");

    /// <summary>Memory resident now, in bytes.</summary>
    public static long Resident() => Status("VmRSS:");

    /// <summary>The most memory that was ever resident, in bytes.</summary>
    public static long PeakMemory() => Status("VmHWM:");

    private static long Status(string key) =>
        File.ReadLines("/proc/self/status")
            .Where(line => line.StartsWith(key, StringComparison.Ordinal))
            .Select(static line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024)
            .FirstOrDefault();

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial int setsid();

    [LibraryImport("libc")]
    private static partial int umask(int mask);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle open(string path, int flags, int mode);

    [LibraryImport("libc")]
    private static partial int dup2(SafeFileHandle file, int target);
}
