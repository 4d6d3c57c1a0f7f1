using Ilab.Taxonomy.Schema;

namespace Ilab.Taxonomy;

/// <summary>What the folders above a file say.</summary>
public static class TaxonomyPath
{
    public const string FileName = "qna.yaml";

    private static readonly string[] Folders = [SchemaCatalog.Knowledge, SchemaCatalog.Skills];

    /// <summary>The path from the right-most folder that is a root of the taxonomy on; empty when there is none.</summary>
    public static IReadOnlyList<string> Of(string fullPath)
    {
        var parts = fullPath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var root = Array.FindLastIndex(parts, static part => Folders.Contains(part));
        return root < 0 || root == parts.Length - 1 ? [] : parts[root..];
    }

    /// <summary>The kind of schema: from the folder, else from the content.</summary>
    public static string KindOf(IReadOnlyList<string> path, bool hasDocument) =>
        path.Count > 0 ? path[0]
        : hasDocument ? SchemaCatalog.Knowledge
        : SchemaCatalog.Skills;
}
