namespace Ilab.Posix.Files;

/// <summary>The type of a file. Pipes and devices are never opened: the former block, the latter have no end.</summary>
public static class FileKind
{
    /// <summary>Whether it is a regular file; follows symbolic links. False if nothing exists at the path.</summary>
    public static bool IsRegular(string path) => FileSystem.TypeOf(path) == FileSystem.RegularFile;
}
