namespace Ilab.Engine.Store.Content;

/// <summary>How much a folder holds while others write to it.</summary>
public static class FolderSize
{
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.None,
    };

    /// <summary>Bytes of all files below a folder; those that vanish meanwhile, and a folder that is not there, count nothing.</summary>
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

    /// <summary>Bytes; 0 when it is not there (any more).</summary>
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
