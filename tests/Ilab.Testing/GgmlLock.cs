using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Testing;

/// <summary>
/// Lets one test at a time run native compute: the barrier of ggml's threads spins, and two of them on the same cores are many times slower than one
/// after the other. Waits in the kernel until the lock is free; released when it is disposed.
/// </summary>
public sealed partial class GgmlLock : IDisposable
{
    private const int Exclusive = 2;
    private const int Interrupted = 4;
    private const int CreateReadWriteCloseOnExec = 0x80000 | 0x40 | 0x2;

    private readonly SafeFileHandle _file;

    public GgmlLock()
    {
        var path = Path.Combine(Path.GetTempPath(), $"ilab-tests-{TestUser.Effective}.lock");

        // Not by the runtime: it takes a shared lock of its own as it opens, and throws when another test holds the exclusive one.
        _file = Open(path, CreateReadWriteCloseOnExec, 0x180);
        if (_file.IsInvalid)
        {
            throw new IOException($"{path} cannot be opened: error {Marshal.GetLastPInvokeError()}");
        }

        while (Lock(_file, Exclusive) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw new IOException($"{path} cannot be locked: error {Marshal.GetLastPInvokeError()}");
            }
        }
    }

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);
}
