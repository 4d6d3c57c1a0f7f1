using System.Runtime.InteropServices;
using Ilab.Engine.Errors;
using Ilab.Posix.Files;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// Opens files that a caller names, with no more rights than the caller has. The service's own user may have all of its files opened; for others a file must be
/// readable by everybody, through folders that everybody may pass. What the service cannot open for the caller, the caller sends.
/// </summary>
internal static partial class PeerFileAccess
{
    private const int LongestPath = 4096;
    private const UnixFileMode OthersRead = UnixFileMode.OtherRead;
    private const UnixFileMode OthersPass = UnixFileMode.OtherExecute;

    /// <exception cref="EngineException">NOT_FOUND, PERMISSION_DENIED, or UPLOAD_REQUIRED: the client has to send the bytes.</exception>
    public static SafeFileHandle Open(string path, PeerIdentity peer)
    {
        Check(path, peer);
        try
        {
            var file = File.OpenHandle(path, options: FileOptions.SequentialScan);

            // The path may lead elsewhere since it was checked: what was opened counts.
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

    /// <summary>Checks without opening; folders too.</summary>
    public static void Check(string path, PeerIdentity peer)
    {
        if (!Path.IsPathRooted(path))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{path} is not an absolute path");
        }

        if (!File.Exists(path) && !Directory.Exists(path))
        {
            // It may be there for the caller: in a home that is closed, or on another machine.
            throw new EngineException(ErrorKind.UploadRequired, $"{path}: not visible to the service", "upload it instead");
        }

        if (!Directory.Exists(path) && !FileKind.IsRegular(path))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{path} is neither a file nor a directory", "pipes and devices are not supported");
        }

        // Links are followed first, also those among the folders: what counts is where they lead.
        if (!MayReadAll(peer) && !AllMayRead(RealPath(path) ?? path))
        {
            throw NotForYou(path);
        }
    }

    /// <summary>Whether what this service writes is the caller's own anyway.</summary>
    public static bool IsOwner(PeerIdentity peer) => peer.Uid == geteuid();

    private static bool MayReadAll(PeerIdentity peer) => peer.Uid == geteuid() || peer.Uid == 0;

    private static EngineException NotForYou(string path) =>
        new(ErrorKind.UploadRequired, $"{path}: the service may not read it for you", "upload it instead");

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
