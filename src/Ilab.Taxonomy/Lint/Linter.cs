using Ilab.Yaml;

namespace Ilab.Taxonomy.Lint;

/// <summary>
/// The rules of style that the taxonomy asks for from schema version 2 on: those of yamllint's <c>relaxed</c> set without the length of lines
/// (docs/decisions/0008-taxonomy-checker.md). For texts that parse.
/// </summary>
internal static class Linter
{
    /// <summary>Of each sort of rule; more than anybody reads.</summary>
    private const int Most = 5000;

    /// <returns>In the order of the lines.</returns>
    public static IReadOnlyList<LintProblem> Run(string text, IReadOnlyList<YamlToken> tokens)
    {
        if (LintSwitches.IsFileDisabled(text))
        {
            return [];
        }

        var problems = new List<LintProblem>();
        var indentation = new IndentationRule();
        var duplicates = new DuplicateKeyRule();
        for (var index = 0; index < tokens.Count && problems.Count < Most; index++)
        {
            var view = new TokenView(text, tokens, index);
            SpacingRules.Check(view, problems);
            indentation.Check(view, problems);
            duplicates.Check(view, problems);
        }

        LineRules.Check(text, problems, problems.Count + Most);
        var switches = new LintSwitches(text, tokens);
        var lines = text.AsSpan().Count('\n') + 1; // a line or paragraph separator ends a line of YAML, not one of the file
        return [.. problems.Where(problem => problem.Line <= lines && switches.IsOn(problem)).OrderBy(static problem => problem.Line)];
    }
}
