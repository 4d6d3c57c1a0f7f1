using Ilab.Configuration.Runs.Checks;
using Ilab.Configuration.Runs.Problems;

namespace Ilab.Configuration.Runs;

/// <summary>What a config says that has no effect here.</summary>
public static class RunConfigAdvice
{
    /// <summary>One line for each section that only makes sense elsewhere, and one for the fields of each other section.</summary>
    public static IReadOnlyList<string> Elsewhere(this RunConfig config)
    {
        var problems = new ProblemList(config.File);
        ElsewhereAdvice.Check(config.Root, problems);
        return [.. problems.Sorted.Select(static problem => $"{problem.Position}: {problem.Text}")];
    }
}
