namespace Ilab.Engine.Store.Content;

/// <summary>Measures a directory while others write to it.</summary>
public static class FolderSize
{
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.None,
    };

    /// <summary>Total size of all files below a directory; files that vanish concurrently and a missing directory count as 0.</summary>
    public static long Of(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles("*", Everything).Sum(LengthOf);
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Size in bytes; 0 if it does not exist.</summary>
    internal static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }
}
