namespace Ilab.Posix.Files;

/// <summary>Files that take over the bytes of a finished one: shared where the file system can, else copied.</summary>
public static class SharedFile
{
    private const int BufferSize = 1 << 20;

    /// <summary>A reader sees the file whole or not at all, and it survives a power cut once this returns.</summary>
    /// <param name="source">At its beginning. If it is a file, nobody writes to it any more.</param>
    public static async Task WriteAsync(Stream source, string path, CancellationToken cancellationToken)
    {
        var temporary = path + ".tmp";
        File.Delete(temporary);
        try
        {
            if (source is FileStream file && FileSystem.TryShare(file.SafeFileHandle, temporary))
            {
                FileSystem.SyncFile(temporary);
            }
            else
            {
                await CopyAsync(source, temporary, cancellationToken).ConfigureAwait(false);
            }

            File.Move(temporary, path, overwrite: true);
            FileSystem.SyncDirectory(Path.GetDirectoryName(path)!);
        }
        finally
        {
            // Also after a rename that did nothing, because both names were of one file.
            File.Delete(temporary);
        }
    }

    private static async Task CopyAsync(Stream source, string path, CancellationToken cancellationToken)
    {
        var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        await using var written = target.ConfigureAwait(false);
        await source.CopyToAsync(target, BufferSize, cancellationToken).ConfigureAwait(false);
        target.Flush(flushToDisk: true);
    }
}
