namespace Ilab.Cli.Commands.Datasets.Synthesis;

/// <summary>
/// Finds what a pipeline may name as a file: values of <c>config_path</c>, and texts that end like a YAML file. The service decides what they mean.
/// </summary>
internal static class PipelineNames
{
    private const string Key = "config_path:";
    private const string Ends = "\"'[]{},";

    private static readonly string[] Extensions = [".yaml", ".yml"];

    /// <param name="text">A pipeline in YAML.</param>
    public static IReadOnlyList<string> In(string text) =>
        [
            .. text.Split('\n')
                .Select(WithoutComment)
                .SelectMany(static line => WithExtension(line).Concat(Values(line)))
                .Where(static name => name.Length > 0)
                .Distinct(),
        ];

    /// <summary>A comment starts at a number sign at the beginning of a line or after white space, outside quotes.</summary>
    private static string WithoutComment(string line)
    {
        var quote = '\0';
        for (var at = 0; at < line.Length; at++)
        {
            if (line[at] is '"' or '\'' && (quote == '\0' || quote == line[at]))
            {
                quote = quote == '\0' ? line[at] : '\0';
            }
            else if (line[at] == '#' && quote == '\0' && (at == 0 || char.IsWhiteSpace(line[at - 1])))
            {
                return line[..at];
            }
        }

        return line;
    }

    private static IEnumerable<string> WithExtension(string line)
    {
        foreach (var extension in Extensions)
        {
            for (var at = 0; (at = line.IndexOf(extension, at, StringComparison.Ordinal)) >= 0; )
            {
                at += extension.Length;
                if (at == line.Length || Ends.Contains(line[at]) || char.IsWhiteSpace(line[at]))
                {
                    yield return line[Start(line, at)..at].Trim();
                }
            }
        }
    }

    private static IEnumerable<string> Values(string line)
    {
        if (line.IndexOf(Key, StringComparison.Ordinal) is >= 0 and var at)
        {
            var value = line[(at + Key.Length)..].Trim().Trim('"', '\'');
            var end = value.IndexOfAny(['"', '\'', ',', '}']);
            yield return (end >= 0 ? value[..end] : value).Trim();
        }
    }

    /// <summary>Where the text begins that ends at a position: after a quote, a bracket, or the sign of a key or of a list's entry.</summary>
    private static int Start(string line, int end)
    {
        var start = end;
        while (start > 0 && !Ends.Contains(line[start - 1]) && !(line[start - 1] == ' ' && start > 1 && line[start - 2] is ':' or '-'))
        {
            start--;
        }

        return start;
    }
}
