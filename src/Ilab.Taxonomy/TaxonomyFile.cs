namespace Ilab.Taxonomy;

/// <summary>A file to be checked; its bytes are all that is known of it.</summary>
/// <param name="Path">As the caller named it.</param>
/// <param name="FullPath">Absolute; its folders say what kind of file it is. Empty = unknown.</param>
/// <param name="Size">Of the whole file in bytes; <paramref name="Content"/> may hold less when it is too big.</param>
/// <param name="Attribution">The attribution.txt beside it; null = not looked for.</param>
public sealed record TaxonomyFile(string Path, string FullPath, ReadOnlyMemory<byte> Content, long Size, Attribution? Attribution = null);

/// <summary>The file that says where texts come from.</summary>
public sealed record Attribution(bool Exists, ReadOnlyMemory<byte> Content);

/// <summary>Whose verdict is wanted.</summary>
public enum SchemaMode
{
    /// <summary>The version that the file names; findings of style are errors: what decides whether data can be generated.</summary>
    Ilab,

    /// <summary>The newest version, whatever the file says; minor findings of style are warnings: what a shared taxonomy asks of changed files.</summary>
    Newest,
}

/// <summary>What the checker says about a file.</summary>
/// <param name="Kind"><c>knowledge</c> or <c>compositional_skills</c>; empty when that could not be found out.</param>
/// <param name="Version">Of the schema; 0 = none.</param>
/// <param name="Omitted">Findings beyond the most that are told.</param>
public sealed record Verdict(string Path, string Kind, int Version, IReadOnlyList<Finding> Findings, int Omitted, Repair.FileFix? Fix = null)
{
    /// <summary>Of valid knowledge.</summary>
    public DocumentPlace? Document { get; init; }

    public bool IsValid => Omitted == 0 && Findings.All(static finding => finding.Level != FindingLevel.Error);
}

/// <summary>Where the documents of knowledge are.</summary>
public sealed record DocumentPlace(string Repository, string Commit, IReadOnlyList<string> Patterns);
