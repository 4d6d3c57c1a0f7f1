using Ilab.Client.Errors;

namespace Ilab.Cli.Files;

/// <summary>Opens and reads local files; failures name path, cause and remedy.</summary>
internal static class InputFile
{
    /// <summary>Opens a file for one sequential read.</summary>
    /// <exception cref="IlabException">The file cannot be opened.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                0,
                FileOptions.SequentialScan | FileOptions.Asynchronous
            );
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(path, FileUse.Read, exception);
        }
    }

    /// <summary>The full path of a file that the service reads: what is wrong with it here, the service cannot tell.</summary>
    /// <param name="path">Null or empty = none.</param>
    /// <returns>Empty for none.</returns>
    /// <exception cref="IlabException">It does not exist, or the caller may not read it.</exception>
    public static string FullPath(string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return "";
        }

        // Opening a pipe would wait for its writer.
        if (!FileType.IsSpecial(path))
        {
            Open(path).Dispose();
        }

        return Path.GetFullPath(path);
    }

    /// <exception cref="IlabException">The file cannot be read.</exception>
    public static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(path, FileUse.Read, exception);
        }
    }
}
