using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Runners;

/// <summary>Asks whether some process holds a <c>flock</c>. The runtime's own file locks are no use for asking: they create and throw.</summary>
internal static partial class FileLock
{
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int Shared = 1;
    private const int NonBlocking = 4;
    private const int WouldBlock = 11;

    /// <summary>True when the file exists and another open file holds its exclusive lock.</summary>
    public static bool IsHeld(string path)
    {
        using var file = Open(path, ReadOnlyCloseOnExec);
        return !file.IsInvalid && Lock(file, Shared | NonBlocking) != 0 && Marshal.GetLastPInvokeError() == WouldBlock;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);
}
