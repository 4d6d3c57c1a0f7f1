using Ilab.Taxonomy.Lint;
using Ilab.Yaml;

namespace Ilab.Taxonomy;

/// <summary>Collects the findings about one file; tells so many and counts the rest.</summary>
internal sealed class FindingList(string path)
{
    public const int Most = 1000;

    private readonly List<Finding> _findings = [];

    public IReadOnlyList<Finding> Findings => _findings;

    public int Omitted { get; private set; }

    public bool HasErrors => Omitted > 0 || _findings.Exists(static finding => finding.Level == FindingLevel.Error);

    public void Add(Finding finding)
    {
        if (_findings.Count < Most)
        {
            _findings.Add(finding);
        }
        else if (finding.Level == FindingLevel.Error)
        {
            Omitted++;
        }
    }

    public void Error(YamlMark mark, string rule, string place, string message, string fix) => Add(At(mark, FindingLevel.Error, rule, place, message, fix));

    public void Warn(YamlMark mark, string rule, string place, string message, string fix) => Add(At(mark, FindingLevel.Warning, rule, place, message, fix));

    public void AddLint(YamlMark mark, FindingLevel level, LintProblem problem) =>
        Add(At(mark, level, $"lint:{problem.Rule}", "", problem.Message, problem.Fix) with { IsFixable = problem.Rule != "key-duplicates" });

    private Finding At(YamlMark mark, FindingLevel level, string rule, string place, string message, string fix) =>
        new(path, mark.Line + 1, mark.Column + 1, level, rule, place, message, fix);
}
