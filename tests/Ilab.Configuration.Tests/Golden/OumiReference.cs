using Ilab.Testing;

namespace Ilab.Configuration.Tests.Golden;

/// <summary>What Oumi says of its own configs and of damaged ones; null where it is not beside the checkout.</summary>
internal static class OumiReference
{
    public const string Absent = "no ../shared/reference/oumi: not compared with Oumi";

    public static string? Folder { get; } = Existing("reference");

    public static string? Corpus { get; } = Existing("corpus");

    /// <summary>The lines of a table, by the names of its columns.</summary>
    public static IEnumerable<Dictionary<string, string>> Rows(string path)
    {
        string[]? names = null;
        foreach (var line in File.ReadLines(path))
        {
            var cells = line.Split('\t');
            if (names is null)
            {
                names = cells;
                continue;
            }

            yield return names.Select((name, index) => (name, index < cells.Length ? cells[index] : "")).ToDictionary(StringComparer.Ordinal);
        }
    }

    private static string? Existing(string part) =>
        TestPaths.Shared is { } shared && Directory.Exists(Path.Combine(shared, part, "oumi")) ? Path.Combine(shared, part, "oumi") : null;
}
