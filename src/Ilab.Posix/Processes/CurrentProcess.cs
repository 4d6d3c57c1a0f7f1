using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Posix.Processes;

/// <summary>Attributes of this process: session, umask, standard output, memory.</summary>
public static partial class CurrentProcess
{
    private const int AppendWriteCreateCloseOnExec = 0x80000 | 0x400 | 0x40 | 0x1;
    private const int CoreSize = 4;
    private const int SetDumpable = 4;
    private const int OwnerReadWrite = 0x180;

    /// <summary>A umask that restricts new files to the owner.</summary>
    public const UnixFileMode OwnerOnly = (UnixFileMode)0x3F;

    /// <summary>Effective user id.</summary>
    public static uint EffectiveUser => geteuid();

    /// <summary>Starts a new session, so that this process is detached from the caller's terminal and survives its end.</summary>
    public static void LeaveSession() => _ = setsid();

    /// <summary>Sets the umask.</summary>
    public static void SetFileModeMask(UnixFileMode mask) => _ = umask((int)mask);

    /// <summary>
    /// No core dumps, which would hold secrets, prompts and data of users; and no other process of the same user may read this one's memory or environment. The
    /// limit is inherited by child processes; that others may not look is not, and each of them asks for it itself.
    /// </summary>
    public static void ForbidCoreDumps()
    {
        var none = default(Limit);
        _ = setrlimit(CoreSize, ref none);
        _ = prctl(SetDumpable, 0, 0, 0, 0);
    }

    /// <summary>Opens a log for appending and redirects standard output and standard error to it, including output of native code.</summary>
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

    /// <summary>Start time of this process in clock ticks after boot.</summary>
    public static long StartTime() => ProcessTable.StartTime(Environment.ProcessId);

    /// <summary>Resident anonymous memory in bytes: allocations, without mapped weights.</summary>
    public static long AnonymousMemory() => Status("RssAnon:");

    /// <summary>Resident memory in bytes.</summary>
    public static long Resident() => Status("VmRSS:");

    /// <summary>Peak resident memory in bytes.</summary>
    public static long PeakMemory() => Status("VmHWM:");

    private static long Status(string key) =>
        File.ReadLines("/proc/self/status")
            .Where(line => line.StartsWith(key, StringComparison.Ordinal))
            .Select(static line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024)
            .FirstOrDefault();

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, ref Limit limit);

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc")]
    private static partial int setsid();

    [LibraryImport("libc")]
    private static partial int umask(int mask);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle open(string path, int flags, int mode);

    [LibraryImport("libc")]
    private static partial int dup2(SafeFileHandle file, int target);

    /// <summary><c>struct rlimit</c>.</summary>
    private struct Limit
    {
        public nuint Soft;
        public nuint Hard;
    }
}
