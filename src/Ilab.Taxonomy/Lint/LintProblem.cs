namespace Ilab.Taxonomy.Lint;

/// <summary>One finding of style.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1; 0 when the whole line is meant.</param>
/// <param name="IsWarning">The rules that some readers of the taxonomy only warn of.</param>
internal sealed record LintProblem(int Line, int Column, string Rule, bool IsWarning, string Message, string Fix)
{
    /// <summary>Of a wrong indentation: the column, from 0, that the line belongs to; -1 = unknown.</summary>
    public int Expected { get; init; } = -1;
}
