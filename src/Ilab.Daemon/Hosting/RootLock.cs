using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Daemon.Hosting;

/// <summary>One service per root: an exclusive lock on a file, held for as long as the process lives. Only its holder may remove a stale socket.</summary>
internal sealed partial class RootLock : IDisposable
{
    private const int CreateReadWriteCloseOnExec = 0x80000 | 0x40 | 0x2;
    private const int ExclusiveNonBlocking = 2 | 4;

    private readonly SafeFileHandle _file;

    private RootLock(SafeFileHandle file) => _file = file;

    /// <returns>Null and who holds it when another process does.</returns>
    public static RootLock? TryTake(string path, out string holder)
    {
        holder = "";
        var file = open(path, CreateReadWriteCloseOnExec, 0x1A0);
        if (file.IsInvalid)
        {
            throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        if (flock(file, ExclusiveNonBlocking) != 0)
        {
            Span<byte> text = stackalloc byte[32];
            holder = System.Text.Encoding.ASCII.GetString(text[..RandomAccess.Read(file, text, 0)]).Trim();
            file.Dispose();
            return null;
        }

        RandomAccess.SetLength(file, 0);
        RandomAccess.Write(file, System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"), 0);
        return new RootLock(file);
    }

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);
}
