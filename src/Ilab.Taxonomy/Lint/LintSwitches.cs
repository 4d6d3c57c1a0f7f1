using System.Text.RegularExpressions;
using Ilab.Yaml;

namespace Ilab.Taxonomy.Lint;

/// <summary>Comments that turn rules off: <c># yamllint disable</c>, <c>enable</c>, <c>disable-line</c>, each with <c>rule:NAME</c> as often as wanted, and
/// <c>disable-file</c>.</summary>
internal sealed partial class LintSwitches
{
    private static readonly string[] Rules =
    [
        "anchors",
        "braces",
        "brackets",
        "colons",
        "commas",
        "empty-lines",
        "hyphens",
        "indentation",
        "key-duplicates",
        "new-line-at-end-of-file",
        "new-lines",
        "trailing-spaces",
    ];

    private readonly List<(int Line, HashSet<string> Disabled)> _states = [(0, [])];
    private readonly Dictionary<int, HashSet<string>> _lines = [];

    public LintSwitches(string text, IReadOnlyList<YamlToken> tokens)
    {
        if (!text.Contains("# yamllint ", StringComparison.Ordinal))
        {
            return;
        }

        for (var index = 0; index + 1 < tokens.Count; index++)
        {
            var (before, after) = (tokens[index], tokens[index + 1]);
            if (before.End.Line == after.Start.Line && before.Kind != YamlTokenKind.StreamStart && after.Kind != YamlTokenKind.StreamEnd)
            {
                continue;
            }

            var line = before.End.Line + 1;
            var isInline = before.Kind != YamlTokenKind.StreamStart && before.End.Index > 0 && text[before.End.Index - 1] != '\n';
            foreach (var part in text[before.End.Index..after.Start.Index].Split('\n'))
            {
                if (part.IndexOf('#', StringComparison.Ordinal) is var at and >= 0)
                {
                    Read(part[at..], line, isInline);
                }

                isInline = false;
                line++;
            }
        }
    }

    public static bool IsFileDisabled(string text) =>
        DisableFile().IsMatch(text.AsSpan(0, text.IndexOf('\n', StringComparison.Ordinal) is var end and >= 0 ? end : text.Length));

    public bool IsOn(LintProblem problem) =>
        !(_lines.TryGetValue(problem.Line, out var line) && line.Contains(problem.Rule)) && !StateAt(problem.Line).Contains(problem.Rule);

    /// <summary>What is off at the end of a line.</summary>
    private HashSet<string> StateAt(int line)
    {
        var (low, high) = (0, _states.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _states[middle].Line <= line ? (middle, high) : (low, middle - 1);
        }

        return _states[low].Disabled;
    }

    private void Read(string comment, int line, bool isInline)
    {
        if (Switch().Match(comment) is not { Success: true } match)
        {
            return;
        }

        var named = match.Groups["rule"].Captures.Select(static capture => capture.Value).ToHashSet(StringComparer.Ordinal);
        named.IntersectWith(Rules);
        var rules = match.Groups["rule"].Captures.Count == 0 ? [.. Rules] : named;
        var state = new HashSet<string>(_states[^1].Disabled, StringComparer.Ordinal);
        switch (match.Groups["verb"].Value)
        {
            case "disable":
                state.UnionWith(rules);
                _states.Add((line, state));
                break;
            case "enable":
                state.ExceptWith(rules);
                _states.Add((line, state));
                break;
            default:
                var target = isInline ? line : line + 1;
                (_lines.TryGetValue(target, out var set) ? set : _lines[target] = []).UnionWith(rules);
                break;
        }
    }

    [GeneratedRegex(@"^# yamllint (?<verb>disable|enable|disable-line)(?: rule:(?<rule>\S+))*\s*$")]
    private static partial Regex Switch();

    [GeneratedRegex(@"^#\s*yamllint disable-file\s*$")]
    private static partial Regex DisableFile();
}
