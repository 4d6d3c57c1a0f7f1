using Ilab.Yaml;

namespace Ilab.Taxonomy.Lint;

/// <summary>Keys that stand twice in the same mapping: the second silently replaces the first.</summary>
internal sealed class DuplicateKeyRule
{
    /// <summary>Of each open collection the keys so far; null for lists.</summary>
    private readonly Stack<HashSet<string>?> _open = new();

    public void Check(TokenView view, List<LintProblem> problems)
    {
        switch (view.Kind)
        {
            case YamlTokenKind.BlockMappingStart or YamlTokenKind.FlowMappingStart:
                _open.Push(new HashSet<string>(StringComparer.Ordinal));
                break;
            case YamlTokenKind.BlockSequenceStart or YamlTokenKind.FlowSequenceStart:
                _open.Push(null);
                break;
            case YamlTokenKind.BlockEnd or YamlTokenKind.FlowMappingEnd or YamlTokenKind.FlowSequenceEnd:
                _open.TryPop(out _);
                break;
            case YamlTokenKind.Key when view.After is { Kind: YamlTokenKind.Scalar } key && _open.TryPeek(out var keys) && keys is not null:
                if (!keys.Add(key.Text) && key.Text != "<<")
                {
                    problems.Add(
                        new LintProblem(
                            key.Start.Line + 1,
                            key.Start.Column + 1,
                            "key-duplicates",
                            false,
                            $"the key \"{key.Text}\" stands here a second time",
                            "keep one of them"
                        )
                    );
                }

                break;
            default:
                break;
        }
    }
}
