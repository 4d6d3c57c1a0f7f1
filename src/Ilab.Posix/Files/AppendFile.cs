using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Posix.Files;

/// <summary>A private file that is only appended to (<c>O_APPEND</c>): each write is one call, at the end of the file, whoever else writes to it.</summary>
public sealed partial class AppendFile : IDisposable
{
    // O_WRONLY, O_CREAT, O_APPEND, O_CLOEXEC; O_NOFOLLOW differs between architectures.
    private const int Flags = 0x1 | 0x40 | 0x400 | 0x80000;
    private const int OwnerReadWrite = 0x180;
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    private readonly SafeFileHandle _file;

    /// <exception cref="IOException">It cannot be opened, or is a symbolic link.</exception>
    public AppendFile(string path)
    {
        _file = open(path, Flags | NoFollow, OwnerReadWrite);
        if (_file.IsInvalid)
        {
            throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Size in bytes.</summary>
    public long Length => RandomAccess.GetLength(_file);

    /// <exception cref="IOException">Nothing, or not all, was written.</exception>
    public void Write(ReadOnlySpan<byte> bytes) => RandomAccess.Write(_file, bytes, 0); // with O_APPEND, the offset does not count

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle open(string path, int flags, int mode);
}
