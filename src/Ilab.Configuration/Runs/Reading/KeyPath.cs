namespace Ilab.Configuration.Runs.Reading;

/// <summary>Paths of values, for messages. They are bounded: a long key costs its bytes once, and not again for every value below it.</summary>
internal static class KeyPath
{
    private const int LongestName = 100;
    private const int LongestPath = 1000;

    /// <summary>The path of a key inside of a section.</summary>
    public static string Below(string path, string name)
    {
        var part = name.Length > LongestName ? name[..(LongestName - 3)] + "..." : name;
        return path.Length == 0 ? part
            : path.Length > LongestPath ? path
            : $"{path}.{part}";
    }

    /// <summary>The path of an item of a list.</summary>
    public static string Item(string path, int index) => path.Length > LongestPath ? path : $"{path}[{index}]";
}
