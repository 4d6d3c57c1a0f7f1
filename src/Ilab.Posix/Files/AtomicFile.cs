namespace Ilab.Posix.Files;

/// <summary>Atomically replaced state files: temporary file, fsync, rename, fsync of the directory.</summary>
public static class AtomicFile
{
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var folder = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.tmp");
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 0))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            FileSystem.SyncDirectory(folder);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
