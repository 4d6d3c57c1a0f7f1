using System.Runtime.InteropServices;
using Ilab.Engine.Errors;
using Ilab.Posix.Files;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// Opens files named by a caller, with no more permissions than the caller has. The service's own user may open all of its files; for other users, a file must
/// be world-readable, in world-traversable directories. Files that the service cannot open on behalf of the caller must be uploaded.
/// </summary>
internal static partial class PeerFileAccess
{
    private const int LongestPath = 4096;
    private const UnixFileMode OthersRead = UnixFileMode.OtherRead;
    private const UnixFileMode OthersPass = UnixFileMode.OtherExecute;

    /// <exception cref="EngineException">NOT_FOUND, PERMISSION_DENIED, or UPLOAD_REQUIRED: the client must upload the file.</exception>
    public static SafeFileHandle Open(string path, PeerIdentity peer)
    {
        Check(path, peer);
        try
        {
            var file = File.OpenHandle(path, options: FileOptions.SequentialScan);

            // The path may have changed since it was checked: verify what was opened.
            if (MayReadAll(peer) || AllMayRead(File.ResolveLinkTarget($"/proc/self/fd/{file.DangerousGetHandle()}", returnFinalTarget: false)!.FullName))
            {
                return file;
            }

            file.Dispose();
            throw NotForYou(path);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new EngineException(ErrorKind.UploadRequired, $"{path}: the service may not read it", "upload it instead", exception);
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EngineException(ErrorKind.UploadRequired, $"{path}: not visible to the service", "upload it instead", exception);
        }
    }

    /// <summary>Checks without opening; also for directories.</summary>
    public static void Check(string path, PeerIdentity peer)
    {
        if (!Path.IsPathRooted(path))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{path} is not an absolute path");
        }

        if (peer.IsRemote || (!File.Exists(path) && !Directory.Exists(path)))
        {
            // It may exist for the caller: in a private home directory, or on another machine.
            throw new EngineException(ErrorKind.UploadRequired, $"{path}: not visible to the service", "upload it instead");
        }

        if (!Directory.Exists(path) && !FileKind.IsRegular(path))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{path} is neither a file nor a directory", "pipes and devices are not supported");
        }

        // Links are resolved first, including those among the directories: their targets are what counts.
        if (!MayReadAll(peer) && !AllMayRead(RealPath(path) ?? path))
        {
            throw NotForYou(path);
        }
    }

    /// <summary>
    /// For a path that another process will open with the service's permissions: only a caller who may read all that the service may can name it. For others it
    /// could become another file after a check.
    /// </summary>
    /// <exception cref="EngineException">As above.</exception>
    public static void CheckForLater(string path, PeerIdentity peer)
    {
        Check(path, peer);
        if (!MayReadAll(peer))
        {
            throw NotForYou(path);
        }
    }

    /// <summary>For a path that the service is to write: its files belong to its own user, and are of use to those on this machine.</summary>
    /// <exception cref="EngineException">PERMISSION_DENIED: the caller is another user, or may be on another machine.</exception>
    public static void CheckForWriting(PeerIdentity peer)
    {
        if (peer.IsRemote || peer.Uid != geteuid())
        {
            throw new EngineException(
                ErrorKind.PermissionDenied,
                peer.IsRemote ? "this service writes no files for callers over TCP" : "this service runs as another user and cannot write files for you",
                "use your own service: leave ILAB_HOST and --url empty"
            );
        }
    }

    private static bool MayReadAll(PeerIdentity peer) => peer.Uid == geteuid() || peer.Uid == 0;

    private static EngineException NotForYou(string path) => new(ErrorKind.UploadRequired, $"{path}: the service may not read it for you", "upload it instead");

    private static unsafe string? RealPath(string path)
    {
        var buffer = stackalloc byte[LongestPath];
        return realpath(path, buffer) == null ? null : Marshal.PtrToStringUTF8((nint)buffer);
    }

    private static bool AllMayRead(string path)
    {
        var isFolder = Directory.Exists(path);
        var needed = isFolder ? OthersRead | OthersPass : OthersRead;
        if ((File.GetUnixFileMode(path) & needed) != needed)
        {
            return false;
        }

        for (var folder = Directory.GetParent(path); folder is not null; folder = folder.Parent)
        {
            if ((folder.UnixFileMode & OthersPass) == 0)
            {
                return false;
            }
        }

        return true;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static unsafe partial byte* realpath(string path, byte* resolved);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
