namespace Ilab.Cli.Commands.Config.Wizard;

/// <summary>File names for completion.</summary>
internal static class FileNames
{
    private const int Most = 50;

    /// <summary>Paths that begin as typed; directories end in a slash. None where nothing can be listed.</summary>
    public static IEnumerable<string> Beginning(string text)
    {
        var slash = text.LastIndexOf('/') + 1;
        var (folder, start) = (text[..slash], text[slash..]);
        try
        {
            return
            [
                .. new DirectoryInfo(folder.Length > 0 ? folder : ".")
                    .EnumerateFileSystemInfos()
                    .Where(entry => entry.Name.StartsWith(start, StringComparison.Ordinal) && (start.Length > 0 || !entry.Name.StartsWith('.')))
                    .Select(entry => folder + entry.Name + (entry is DirectoryInfo ? "/" : ""))
                    .Order(StringComparer.Ordinal)
                    .Take(Most),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
