using System.Text;
using Ilab.Taxonomy.Schema;

namespace Ilab.Taxonomy.Advice;

/// <summary>
/// attribution.txt beside a file of version 2 or later: blocks divided by empty lines, one for each work, each of lines <c>Name of the field: text</c>.
/// </summary>
internal static class AttributionRules
{
    private const string FileName = "attribution.txt";
    private const string License = "License of the work";
    private static readonly string[] Always = ["Title of work", "Link to work", License, "Creator names"];
    private static readonly string[] Accepted = ["CC0-1.0", "CDLA-Permissive-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "Apache-2.0", "MIT"];

    public static void Check(string path, Attribution attribution, string kind, FindingList findings)
    {
        var beside = path.LastIndexOf('/') is var slash and >= 0 ? path[..(slash + 1)] + FileName : FileName;
        void Warn(int line, string rule, string message, string fix) =>
            findings.Add(new Finding(beside, line, 1, FindingLevel.Warning, rule, "", message, fix));
        if (!attribution.Exists)
        {
            findings.Add(
                new Finding(
                    path,
                    1,
                    1,
                    FindingLevel.Warning,
                    "attribution:missing",
                    "",
                    "there is no attribution.txt beside the file",
                    $"write one with the lines {string.Join(", ", Always.Select(static field => field + ":"))}"
                )
            );
            return;
        }

        var text = Encoding.UTF8.GetString(attribution.Content.Span).ReplaceLineEndings("\n");
        if (text.AsSpan().Trim().IsEmpty)
        {
            Warn(1, "attribution:empty", "attribution.txt is empty", $"write the lines {string.Join(", ", Always.Select(static field => field + ":"))}");
            return;
        }

        foreach (var (line, fields) in Blocks(text))
        {
            var wanted = kind == SchemaCatalog.Knowledge ? [.. Always, "Revision"] : Always;
            foreach (var field in wanted.Where(field => !fields.Keys.Any(name => name.StartsWith(field, StringComparison.OrdinalIgnoreCase))))
            {
                Warn(line, "attribution:field", $"the work has no line \"{field}:\"", "add it");
            }

            if (
                fields.TryGetValue(License, out var license)
                && !license.Split([' ', ',', ';', '(', ')'], StringSplitOptions.RemoveEmptyEntries).Any(Accepted.Contains)
            )
            {
                Warn(
                    line,
                    "attribution:license",
                    $"the license \"{license}\" is not one of {string.Join(", ", Accepted)}",
                    "write its SPDX name, or use another work"
                );
            }
        }
    }

    private static IEnumerable<(int Line, Dictionary<string, string> Fields)> Blocks(string text)
    {
        var (number, begin) = (0, 0);
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in text.Split('\n').Append(""))
        {
            number++;
            if (line.Trim().Length > 0)
            {
                begin = begin == 0 ? number : begin;
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon > 0)
                {
                    fields.TryAdd(line[..colon].Trim().TrimStart('-').Trim(), line[(colon + 1)..].Trim());
                }
            }
            else if (begin > 0)
            {
                yield return (begin, fields);
                begin = 0;
                fields = new(StringComparer.OrdinalIgnoreCase);
            }
        }
    }
}
