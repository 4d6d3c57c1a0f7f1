using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>Drops rows whose column is too similar to that of an earlier row or to one of the given texts (by ROUGE-L).</summary>
internal sealed class SimilarityFilterBlock : Block
{
    private const double Usual = 0.9;

    private readonly string _column;
    private readonly double _threshold;
    private readonly IReadOnlyList<string> _against;

    public SimilarityFilterBlock(string name, BlockConfig config)
        : base(name)
    {
        _column = config.Text("column");
        _threshold = config.Number("threshold", Usual);
        _against = config.Value("against_columns") is null ? [] : config.Texts("against_columns");
        if (_threshold is <= 0 or > 1)
        {
            throw config.Wrong("threshold must be above 0 and at most 1");
        }
    }

    /// <summary>Keeps all rows: imitated answers tell nothing about real ones.</summary>
    public override ValueTask<IReadOnlyList<Row>> RehearseAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        ValueTask.FromResult(rows);

    public override ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        var kept = new List<Row>();
        var known = rows.SelectMany(row => _against.Select(column => row.Text(column, ""))).Distinct(StringComparer.Ordinal).Select(RougeL.Words).ToList();
        foreach (var row in rows)
        {
            var words = RougeL.Words(Values.Text(row[_column]));
            if (!known.Any(earlier => RougeL.IsAbove(words, earlier, _threshold)))
            {
                known.Add(words);
                kept.Add(row);
            }
        }

        run.Reject(Name, $"{_column} is too similar to another", rows.Count - kept.Count);
        return ValueTask.FromResult<IReadOnlyList<Row>>(kept);
    }
}

/// <summary>Drops rows whose column has too few or too many words, contains denied words, or is written in another script.</summary>
internal sealed class TextGuardBlock : Block
{
    private readonly string _column;
    private readonly double _fewest;
    private readonly double _most;
    private readonly double _letters;
    private readonly HashSet<string> _denied;

    public TextGuardBlock(string name, BlockConfig config)
        : base(name)
    {
        _column = config.Text("column");
        _fewest = config.Number("min_words", 1);
        _most = config.Number("max_words", double.PositiveInfinity);
        _letters = config.Number("min_latin_share", 0);
        _denied = config.Value("deny_words") is null ? [] : new HashSet<string>(config.Texts("deny_words"), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Keeps all rows: imitated answers tell nothing about real ones.</summary>
    public override ValueTask<IReadOnlyList<Row>> RehearseAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        ValueTask.FromResult(rows);

    public override ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        var kept = new List<Row>();
        foreach (var row in rows)
        {
            if (Problem(Values.Text(row[_column])) is { } problem)
            {
                run.Reject(Name, $"{_column} {problem}");
            }
            else
            {
                kept.Add(row);
            }
        }

        return ValueTask.FromResult<IReadOnlyList<Row>>(kept);
    }

    private string? Problem(string text)
    {
        var words = Datasets.StatisticsCollector.CountWords(text);
        if (words < _fewest || words > _most)
        {
            return words < _fewest ? "is too short" : "is too long";
        }

        if (_denied.Count > 0 && RougeL.Words(text).FirstOrDefault(_denied.Contains) is { } denied)
        {
            return $"contains {denied}";
        }

        var letters = text.Count(char.IsLetter);
        return letters > 0 && text.Count(static c => char.IsLetter(c) && c < '\u0250') < _letters * letters ? "is in another script" : null;
    }
}
