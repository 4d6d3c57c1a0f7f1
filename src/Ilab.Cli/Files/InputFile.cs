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
