using Ilab.Api.V1;

namespace Ilab.Client.Errors;

/// <summary>What was to be done with a file.</summary>
public enum FileUse
{
    Read,
    Write,
}

/// <summary>Translates the runtime's exceptions about files into errors that name path, cause and remedy.</summary>
public static class FileErrors
{
    private const int NoSpace = 28; // ENOSPC
    private const int ReadOnly = 30; // EROFS
    private const int QuotaExceeded = 122; // EDQUOT
    private const int TooManyLinks = 40; // ELOOP
    private const int Exists = 17; // EEXIST
    private const int NotDirectory = 20; // ENOTDIR

    /// <summary>Whether <see cref="Of"/> has something to say about an exception.</summary>
    public static bool Covers(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>The error for a path that could not be opened, read or written.</summary>
    /// <param name="path">As the user gave it.</param>
    /// <param name="use">What was to be done.</param>
    /// <param name="exception">What the runtime threw.</param>
    public static IlabException Of(string path, FileUse use, Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var (kind, cause, hint) = Explain(path, use, exception);
        return new IlabException(kind, $"{path}: {cause}", hint, exception);
    }

    /// <summary>The path in the message of a failed enumeration, which names the directory that failed; null when there is none.</summary>
    public static string? PathIn(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var (start, end) = (exception.Message.IndexOf('\'', StringComparison.Ordinal), exception.Message.LastIndexOf('\''));
        return start >= 0 && end > start + 1 ? exception.Message[(start + 1)..end] : null;
    }

    private static (ErrorKind Kind, string Cause, string Hint) Explain(string path, FileUse use, Exception exception)
    {
        switch (exception.HResult)
        {
            case NoSpace:
                return (ErrorKind.DiskFull, "no space left on the device", "free some space or choose another place");
            case QuotaExceeded:
                return (ErrorKind.DiskFull, "disk quota exceeded", "free some space or choose another place");
            case ReadOnly:
                return (ErrorKind.PermissionDenied, "the file system is read-only", "choose another place");
            case Exists when File.Exists(path):
                return (ErrorKind.InvalidArgument, "is a file, not a directory", "name another directory");
            case NotDirectory:
                return (ErrorKind.NotFound, "a part of the path is a file, not a directory", "");
            case TooManyLinks:
                return (ErrorKind.InvalidArgument, "symbolic links form a loop", "remove the loop or name another file");
        }

        if (Directory.Exists(path))
        {
            // The runtime reports an opened directory as a denied one.
            return exception is UnauthorizedAccessException && use == FileUse.Read && !CanList(path)
                ? Denied(path, use)
                : (ErrorKind.InvalidArgument, "is a directory", "name a file");
        }

        return exception switch
        {
            PathTooLongException => (ErrorKind.InvalidArgument, "the path is too long", "use a shorter one"),
            UnauthorizedAccessException => Denied(path, use),
            FileNotFoundException or DirectoryNotFoundException => Missing(path, use),
            _ => (ErrorKind.Internal, Plain(exception.Message), ""),
        };
    }

    private static (ErrorKind Kind, string Cause, string Hint) Missing(string path, FileUse use)
    {
        if (LinkTarget(path) is { } target)
        {
            return (ErrorKind.NotFound, $"is a symbolic link to {target}, which does not exist", "repair the link or name another file");
        }

        var parent = Path.GetDirectoryName(Path.GetFullPath(path));
        if (parent is null || Directory.Exists(parent))
        {
            return use == FileUse.Write
                ? (ErrorKind.PermissionDenied, $"no file can be created in {parent}", "choose another directory")
                : (ErrorKind.NotFound, "no such file or directory", "");
        }

        return File.Exists(parent)
            ? (ErrorKind.NotFound, $"{parent} is not a directory", "")
            : (ErrorKind.NotFound, $"the directory {parent} does not exist", use == FileUse.Write ? "create it first" : "");
    }

    /// <summary>Names the place that refused: the file itself, or the directory for a file that is not there.</summary>
    private static (ErrorKind Kind, string Cause, string Hint) Denied(string path, FileUse use)
    {
        if (use == FileUse.Read || File.Exists(path))
        {
            return (
                ErrorKind.PermissionDenied,
                "permission denied",
                use == FileUse.Read ? $"you need read access as user {Environment.UserName}" : $"you need write access as user {Environment.UserName}"
            );
        }

        return (
            ErrorKind.PermissionDenied,
            $"permission denied in {Path.GetDirectoryName(Path.GetFullPath(path))}",
            "choose a directory that you may write to"
        );
    }

    private static bool CanList(string folder)
    {
        try
        {
            using var entries = Directory.EnumerateFileSystemEntries(folder).GetEnumerator();
            _ = entries.MoveNext();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The runtime appends the path and a full stop.</summary>
    private static string Plain(string message)
    {
        var end = message.IndexOf(" : '", StringComparison.Ordinal);
        var text = (end < 0 ? message : message[..end]).ReplaceLineEndings(" ").TrimEnd('.');
        return text.Length > 0 ? char.ToLowerInvariant(text[0]) + text[1..] : "input/output error";
    }
}
