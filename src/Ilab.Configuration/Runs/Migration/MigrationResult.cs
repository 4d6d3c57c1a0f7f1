using Ilab.Configuration.Runs.Problems;

namespace Ilab.Configuration.Runs.Migration;

/// <summary>One thing that a migration did.</summary>
/// <param name="Line">In the old file, from 1.</param>
/// <param name="Key">Path of the field.</param>
/// <param name="Message">What was done, and why.</param>
public sealed record MigrationStep(int Line, string Key, string Message);

/// <summary>An old file and what it is now.</summary>
/// <param name="Text">The new file; null when the old one could not be read.</param>
/// <param name="Diff">As patch programs read it; empty when nothing changes.</param>
/// <param name="Steps">What was done, in the order of the old file.</param>
/// <param name="Problems">What is wrong with the new file, or why the old one could not be read.</param>
public sealed record MigrationResult(string? Text, string Diff, IReadOnlyList<MigrationStep> Steps, IReadOnlyList<ConfigProblem> Problems)
{
    public bool IsChanged => Diff.Length > 0;

    public bool HasErrors => Text is null || Problems.Any(static problem => problem.Level == ProblemLevel.Error);
}
