namespace Ilab.Taxonomy;

public enum FindingLevel
{
    Error = 1,
    Warning = 2,
}

/// <summary>One thing about a file.</summary>
/// <param name="Path">The file, as the caller named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Rule">Stable name for programs; listed in docs/taxonomy.md.</param>
/// <param name="Place">Inside of the document, e.g. <c>seed_examples[2].answer</c>; may be empty.</param>
/// <param name="Fix">What to do.</param>
public sealed record Finding(string Path, int Line, int Column, FindingLevel Level, string Rule, string Place, string Message, string Fix)
{
    /// <summary>Whether mechanical repair may remove it.</summary>
    public bool IsFixable { get; init; }
}
