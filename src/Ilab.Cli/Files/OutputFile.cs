using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Files;

/// <summary>
/// Writes a file completely or not at all: to a temporary file beside it, fsync, rename. Links are followed, the mode of an existing file is kept, devices and
/// pipes are written in place.
/// </summary>
internal static class OutputFile
{
    /// <param name="path">As the user gave it. A missing directory is an error.</param>
    /// <param name="replace">Whether an existing file may be replaced.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="cancellationToken">Leaves the old file as it is.</param>
    /// <exception cref="IlabException">ALREADY_EXISTS, or why the file cannot be written. Errors of <paramref name="write"/> pass through.</exception>
    public static async Task WriteAsync(string path, bool replace, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (FileType.IsSpecial(path))
        {
            await WriteInPlaceAsync(path, write);
            return;
        }

        if (File.Exists(path) && !replace)
        {
            throw Exists(path);
        }

        try
        {
            var isLink = new FileInfo(path).LinkTarget is not null; // resolving a path where nothing is throws
            var target = isLink ? File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName : Path.GetFullPath(path);
            if (Directory.Exists(target) || Path.GetFileName(target).Length == 0)
            {
                throw new UnauthorizedAccessException(); // what opening it would have reported
            }

            await ReplaceAsync(target, replace, write);
        }
        catch (IOException) when (!replace && File.Exists(path))
        {
            throw Exists(path); // somebody made it meanwhile
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(path, FileUse.Write, exception);
        }
    }

    public static Task WriteAsync(string path, bool replace, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        WriteAsync(path, replace, async stream => await stream.WriteAsync(content, cancellationToken), cancellationToken);

    /// <summary>Creates a directory and its parents.</summary>
    /// <exception cref="IlabException">It cannot be created.</exception>
    public static void CreateDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(path, FileUse.Write, exception);
        }
    }

    private static IlabException Exists(string path) =>
        new(ErrorKind.AlreadyExists, $"{path} already exists", "replace it with --replace, or name another file");

    private static async Task ReplaceAsync(string target, bool replace, Func<Stream, Task> write)
    {
        var part = $"{target}.{Environment.ProcessId}.part";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (File.Exists(target))
            {
                options.UnixCreateMode = File.GetUnixFileMode(target);
            }

            await using (var stream = new FileStream(part, options))
            {
                await write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(part, target, overwrite: replace);
        }
        finally
        {
            if (File.Exists(part))
            {
                File.Delete(part);
            }
        }
    }

    private static async Task WriteInPlaceAsync(string path, Func<Stream, Task> write)
    {
        try
        {
            await using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            await write(stream);
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(path, FileUse.Write, exception);
        }
    }
}
