using System.Globalization;
using System.Text;
using Ilab.Posix.Files;

namespace Ilab.Daemon.Hosting;

/// <summary>Ensures one service per root: a lock on a file that names its holder. Only the holder may remove a stale socket.</summary>
internal sealed class RootLock : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly FileLock _lock;

    private RootLock(FileLock file) => _lock = file;

    /// <returns>Null, and the holder's pid, if another process holds it.</returns>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static RootLock? TryTake(string path, out string holder)
    {
        holder = "";
        var file = FileLock.Open(path, Mode);
        if (!file.TryAcquire())
        {
            Span<byte> text = stackalloc byte[32];
            holder = Encoding.ASCII.GetString(text[..RandomAccess.Read(file.Handle, text, 0)]).Trim();
            file.Dispose();
            return null;
        }

        RandomAccess.SetLength(file.Handle, 0);
        RandomAccess.Write(file.Handle, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"), 0);
        return new RootLock(file);
    }

    public void Dispose() => _lock.Dispose();
}
