using Ilab.Configuration.Runs.Problems;

namespace Ilab.Configuration.Runs;

/// <summary>What came of reading a config.</summary>
/// <param name="Config">Null when there are errors.</param>
/// <param name="Kind">Null when it could not be told.</param>
/// <param name="Problems">Errors, warnings and notes in the order of the file.</param>
public sealed record ConfigReading(RunConfig? Config, RunKind? Kind, IReadOnlyList<ConfigProblem> Problems)
{
    public bool HasErrors => Problems.Any(static problem => problem.Level == ProblemLevel.Error);

    /// <exception cref="ConfigException">There are errors.</exception>
    public RunConfig Require() => Config ?? throw new ConfigException(Problems);
}
