using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// The service's socket in the file system. It is bound in a folder that nobody else may enter, gets its mode and listens there, and then takes its name by one
/// rename: whoever finds the name finds a finished socket. The process's umask has no part in it, because other threads create files at the same time.
/// </summary>
internal sealed partial class SocketFile(string path)
{
    /// <summary>The owner and the socket's group may connect.</summary>
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private const int Backlog = 512;

    /// <summary>A listening socket under its name, in place of a stale one. The caller holds the lock of the root.</summary>
    /// <exception cref="IOException">It cannot be created there.</exception>
    public Socket Open()
    {
        var folder = MakePrivateFolder(Path.GetDirectoryName(path)!);
        try
        {
            var unnamed = Path.Combine(folder, "s");
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Bind(new UnixDomainSocketEndPoint(unnamed));
                File.SetUnixFileMode(unnamed, Mode);
                socket.Listen(Backlog);
                File.Move(unnamed, path, overwrite: true);
                return socket;
            }
            catch (Exception exception)
            {
                socket.Dispose();
                throw exception is SocketException or ArgumentException ? new IOException($"{path}: {exception.Message}", exception) : exception;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Takes the name away: from now on clients find no service here.</summary>
    public void Remove()
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Its folder has gone or was closed; a name that stays is replaced by the next service.
        }
    }

    /// <summary>Mode 0700 under any umask. Its name is short, so that a path that fits a socket address still fits with it.</summary>
    private static unsafe string MakePrivateFolder(string parent)
    {
        var template = Encoding.UTF8.GetBytes(Path.Combine(parent, ".XXXXXX") + "\0");
        fixed (byte* name = template)
        {
            return mkdtemp(name) is not null
                ? Encoding.UTF8.GetString(template.AsSpan()[..^1])
                : throw new IOException($"cannot create a socket in {parent}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial byte* mkdtemp(byte* template);
}
