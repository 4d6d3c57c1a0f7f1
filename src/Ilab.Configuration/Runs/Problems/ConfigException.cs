namespace Ilab.Configuration.Runs.Problems;

/// <summary>A config that cannot be used, with all that is wrong with it.</summary>
public sealed class ConfigException(IReadOnlyList<ConfigProblem> problems)
    : Exception(string.Join('\n', problems.Where(static problem => problem.Level == ProblemLevel.Error)))
{
    /// <summary>Errors first in the order of the file; may hold warnings too.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; } = problems;
}
