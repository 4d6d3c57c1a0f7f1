using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Posix.Files;

/// <summary>
/// An exclusive <c>flock</c> on a file. The kernel releases it when its process ends, however that happens. The runtime's own file locks are unsuitable: they
/// apply to every open file, and throw.
/// </summary>
public sealed partial class FileLock : IDisposable
{
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int CreateReadWriteCloseOnExec = 0x80000 | 0x40 | 0x2;
    private const int SharedLock = 1,
        ExclusiveLock = 2,
        NonBlocking = 4,
        Unlock = 8;
    private const int Interrupted = 4,
        WouldBlock = 11;

    private FileLock(SafeFileHandle handle) => Handle = handle;

    /// <summary>The open file; its content belongs to the lock's holder.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Opens the file, creating it if necessary, without taking the lock.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static FileLock Open(string path, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var file = OpenFile(path, CreateReadWriteCloseOnExec, (int)mode);
        return !file.IsInvalid ? new FileLock(file) : throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Opens the file and takes its lock; null if another process holds it.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static FileLock? TryTake(string path, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var file = Open(path, mode);
        if (file.TryAcquire())
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Whether the file exists and another open file holds its exclusive lock.</summary>
    public static bool IsHeld(string path)
    {
        using var file = OpenFile(path, ReadOnlyCloseOnExec, 0);
        return !file.IsInvalid && flock(file, SharedLock | NonBlocking) != 0 && Marshal.GetLastPInvokeError() == WouldBlock;
    }

    public bool TryAcquire() => flock(Handle, ExclusiveLock | NonBlocking) == 0;

    /// <summary>Blocks the thread until the lock is acquired.</summary>
    /// <exception cref="IOException">The file system does not support locks.</exception>
    public void Acquire() => Apply(ExclusiveLock);

    public void Release() => Apply(Unlock);

    /// <summary>Closes the file, which releases the lock.</summary>
    public void Dispose() => Handle.Dispose();

    private void Apply(int operation)
    {
        while (flock(Handle, operation) != 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Interrupted)
            {
                throw new IOException($"flock: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle OpenFile(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);
}
