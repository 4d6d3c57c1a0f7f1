namespace Ilab.Posix.Files;

/// <summary>What lies at a path. A pipe or a device is never opened: the first blocks, the second has no end.</summary>
public static class FileKind
{
    /// <summary>A file with bytes and an end; symbolic links are followed. False too when nothing is there.</summary>
    public static bool IsRegular(string path) => FileSystem.TypeOf(path) == FileSystem.RegularFile;
}
