using System.Text.RegularExpressions;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>
/// Parses a completion into columns: between tags, by a regular expression, or as a whole. Every match becomes a row; the column with the fewest matches
/// determines the number of rows.
/// </summary>
internal sealed class AnswerParser
{
    private static readonly TimeSpan MatchTime = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyList<string> _columns;
    private readonly Regex? _pattern;
    private readonly IReadOnlyList<string> _cleanup;

    public AnswerParser(BlockConfig settings, IReadOnlyList<string> columns)
    {
        _columns = columns;
        var name = settings.OptionalText("parser_name");
        var pattern = settings.OptionalText("parsing_pattern");
        _cleanup = settings.Value("parser_cleanup_tags") is null ? [] : settings.Texts("parser_cleanup_tags");
        if (name is not null and not "custom")
        {
            throw settings.Wrong($"unknown parser {name}", "the only parser is custom, with parsing_pattern");
        }

        if (name is null)
        {
            return;
        }

        try
        {
            // Python marks named groups with a P.
            _pattern = new Regex(
                (pattern ?? throw settings.Wrong("parsing_pattern is missing")).Replace("(?P<", "(?<", StringComparison.Ordinal),
                RegexOptions.Singleline,
                MatchTime
            );
        }
        catch (ArgumentException exception)
        {
            throw settings.Wrong($"parsing_pattern: {exception.Message}");
        }
    }

    /// <summary>Whether an answer is searched for all matches of a regular expression.</summary>
    public bool HasPattern => _pattern is not null;

    /// <returns>One list of values per row, in the order of the columns.</returns>
    public IReadOnlyList<IReadOnlyList<string>> Parse(string answer, PromptTemplate prompt)
    {
        var found = _pattern is null ? ByTags(answer, prompt) : ByPattern(answer, _pattern);
        var rows = found.Count == 0 ? 0 : found.Min(static column => column.Count);
        return [.. Enumerable.Range(0, rows).Select(row => found.Select(column => column[row]).ToList())];
    }

    private List<IReadOnlyList<string>> ByPattern(string answer, Regex pattern)
    {
        var groups = Math.Max(1, pattern.GetGroupNumbers().Length - 1);
        var columns = Enumerable.Range(0, groups == 1 ? 1 : Math.Min(groups, _columns.Count)).Select(static _ => new List<string>()).ToList();
        try
        {
            foreach (Match match in pattern.Matches(answer))
            {
                for (var index = 0; index < columns.Count; index++)
                {
                    columns[index].Add(Clean(match.Groups[pattern.GetGroupNumbers().Length == 1 ? 0 : index + 1].Value));
                }
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return []; // reported as an answer that does not match the expected format
        }

        return [.. columns];
    }

    private string Clean(string value)
    {
        value = value.Trim();
        foreach (var tag in _cleanup)
        {
            value = value.Replace(tag, "", StringComparison.Ordinal);
        }

        return value.Trim();
    }

    private List<IReadOnlyList<string>> ByTags(string answer, PromptTemplate prompt)
    {
        var columns = new List<IReadOnlyList<string>>();
        var tags = Math.Max(1, Math.Min(Math.Min(prompt.StartTags.Count, prompt.EndTags.Count), _columns.Count));
        for (var index = 0; index < tags; index++)
        {
            var (start, end) = (prompt.StartTags.ElementAtOrDefault(index) ?? "", prompt.EndTags.ElementAtOrDefault(index) ?? "");
            columns.Add(start.Length == 0 && end.Length == 0 ? [answer.Trim()] : Between(answer, start, end));
        }

        return columns;
    }

    /// <summary>
    /// All texts between a start tag and the next end tag. An empty start tag matches at the beginning and after each end tag; an empty end tag matches at the
    /// next start tag or at the end.
    /// </summary>
    private static List<string> Between(string answer, string start, string end)
    {
        var found = new List<string>();
        var position = 0;
        while (position <= answer.Length && answer.IndexOf(start, position, StringComparison.Ordinal) is >= 0 and var begin)
        {
            begin += start.Length;
            var stop = answer.IndexOf(end.Length > 0 ? end : start, begin, StringComparison.Ordinal);
            if (stop < 0)
            {
                if (end.Length == 0)
                {
                    found.Add(answer[begin..].Trim());
                }

                break;
            }

            found.Add(answer[begin..stop].Trim());
            position = stop + end.Length;
        }

        return found;
    }
}
