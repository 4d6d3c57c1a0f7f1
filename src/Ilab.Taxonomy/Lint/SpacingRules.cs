using Ilab.Yaml;

namespace Ilab.Taxonomy.Lint;

/// <summary>Blanks around braces, brackets, colons, commas and hyphens.</summary>
internal static class SpacingRules
{
    public static void Check(TokenView view, List<LintProblem> problems)
    {
        switch (view.Kind)
        {
            case YamlTokenKind.FlowMappingStart:
                After(view, 0, "braces", "inside braces", problems);
                break;
            case YamlTokenKind.FlowMappingEnd when view.Before?.Kind != YamlTokenKind.FlowMappingStart:
                Before(view, 1, "braces", "inside braces", problems);
                break;
            case YamlTokenKind.FlowSequenceStart:
                After(view, 0, "brackets", "inside brackets", problems);
                break;
            case YamlTokenKind.FlowSequenceEnd when view.Before?.Kind != YamlTokenKind.FlowSequenceStart:
                Before(view, 1, "brackets", "inside brackets", problems);
                break;
            case YamlTokenKind.Value:
                // "*alias : value" needs its blank: a colon may be part of the name.
                if (view.Before is not { Kind: YamlTokenKind.Alias } alias || view.Token.Start.Index - alias.End.Index != 1)
                {
                    Before(view, 0, "colons", "before the colon", problems);
                }

                After(view, 0, "colons", "after the colon", problems);
                break;
            case YamlTokenKind.Key when view.IsExplicitKey:
                After(view, 0, "colons", "after the question mark", problems);
                break;
            case YamlTokenKind.FlowEntry:
                Comma(view, problems);
                break;
            case YamlTokenKind.BlockEntry:
                After(view, 0, "hyphens", "after the hyphen", problems);
                break;
            default:
                break;
        }
    }

    private static void Comma(TokenView view, List<LintProblem> problems)
    {
        if (view.Before is { } before && before.End.Line < view.Token.Start.Line)
        {
            problems.Add(
                new LintProblem(
                    view.Token.Start.Line + 1,
                    Math.Max(1, view.Token.Start.Column),
                    "commas",
                    true,
                    "blanks before the comma",
                    "put the comma at the end of the line before"
                )
            );
        }
        else
        {
            Before(view, 0, "commas", "before the comma", problems);
        }

        After(view, 1, "commas", "after the comma", problems);
    }

    private static void Before(TokenView view, int most, string rule, string where, List<LintProblem> problems)
    {
        if (view.Before is not { } before || before.End.Line != view.Token.Start.Line || (before.End.Index > 0 && view.Text[before.End.Index - 1] == '\n'))
        {
            return;
        }

        if (view.Token.Start.Index - before.End.Index > most)
        {
            problems.Add(
                new LintProblem(
                    view.Token.Start.Line + 1,
                    view.Token.Start.Column,
                    rule,
                    true,
                    $"too many blanks {where}",
                    most == 0 ? "remove them" : "leave one blank at most"
                )
            );
        }
    }

    private static void After(TokenView view, int least, string rule, string where, List<LintProblem> problems)
    {
        if (view.After is not { } after || after.Start.Line != view.Token.End.Line)
        {
            return;
        }

        var blanks = after.Start.Index - view.Token.End.Index;
        if (blanks > 1)
        {
            problems.Add(new LintProblem(view.Token.Start.Line + 1, after.Start.Column, rule, true, $"too many blanks {where}", "leave one blank"));
        }
        else if (blanks < least)
        {
            problems.Add(new LintProblem(view.Token.Start.Line + 1, after.Start.Column + 1, rule, true, $"no blank {where}", "write one blank there"));
        }
    }
}
