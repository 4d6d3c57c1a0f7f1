using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// The service's socket in the file system. It is bound in a private directory, where it gets its mode and starts listening, and is then renamed into place: a
/// socket is fully set up once its name exists. Independent of the umask, since other threads create files concurrently.
/// </summary>
internal sealed partial class SocketFile(string path)
{
    /// <summary>Owner and group may connect.</summary>
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private const int Backlog = 512;

    /// <summary>Creates a listening socket under its name, replacing a stale one. The caller holds the root lock.</summary>
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

    /// <summary>Removes the name: clients no longer find a service here.</summary>
    public void Remove()
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Its directory has been removed or is no longer accessible; a remaining name is replaced by the next service.
        }
    }

    /// <summary>Mode 0700 under any umask. The name is short, so that the path still fits into a socket address.</summary>
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
