using System.Text.RegularExpressions;
using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>
/// Rephrases texts by rules: the first matching rule gives one row per variant; a text that no rule matches gives one row. For teachers that can answer but
/// cannot write questions.
/// </summary>
internal sealed class RephraseBlock : Block
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    private readonly List<IReadOnlyList<string>> _inputs;
    private readonly IReadOnlyList<string> _outputs;
    private readonly List<(Regex Match, IReadOnlyList<string> Say)> _rules;

    public RephraseBlock(string name, BlockConfig config)
        : base(name)
    {
        _outputs = config.Texts("output_cols");
        _inputs =
        [
            .. config
                .List("input_cols")
                .Select(static entry => entry is List<object?> list ? (IReadOnlyList<string>)[.. list.Select(Values.Text)] : [Values.Text(entry)]),
        ];
        if (_outputs.Count == 0 || _inputs.Count == 0 || _inputs.Exists(columns => columns.Count != _outputs.Count))
        {
            throw config.Wrong("each entry of input_cols must have as many columns as output_cols", "the first column is rephrased, the others are copied");
        }

        _rules = [.. config.List("rules").Select((rule, index) => Rule(config, rule, index))];
    }

    public override ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<Row>>([
            .. rows.SelectMany(row => _inputs.Where(columns => columns.All(row.Has)).SelectMany(columns => Say(row, columns))),
        ]);

    public override BlockPlan Plan(double rows, int scale) =>
        new(0, rows * _inputs.Count * _rules.Select(static rule => rule.Say.Count).DefaultIfEmpty(1).Max(), 0);

    private static (Regex, IReadOnlyList<string>) Rule(BlockConfig config, object? rule, int index)
    {
        if (
            rule is not IDictionary<string, object?> values
            || !values.TryGetValue("match", out var match)
            || !values.TryGetValue("say", out var say)
            || say is not List<object?> { Count: > 0 } ways
        )
        {
            throw config.Wrong($"rule {index + 1} needs match and say", "match is a regular expression, say a list of replacements with $1, $2 for its groups");
        }

        try
        {
            return (new Regex(Values.Text(match), RegexOptions.CultureInvariant, LongestMatch), [.. ways.Select(Values.Text)]);
        }
        catch (ArgumentException exception)
        {
            throw config.Wrong($"rule {index + 1}: {exception.Message}");
        }
    }

    private IEnumerable<Row> Say(Row row, IReadOnlyList<string> columns)
    {
        var text = row.Text(columns[0], "");
        var others = _outputs.Zip(columns, (output, column) => KeyValuePair.Create(output, row[column])).Skip(1).ToList();
        return Ways(text).Distinct(StringComparer.Ordinal).Select(way => row.With([KeyValuePair.Create(_outputs[0], (object?)way), .. others]));
    }

    /// <exception cref="PipelineException">A rule takes too long on a text.</exception>
    private IEnumerable<string> Ways(string text)
    {
        try
        {
            return
                _rules.Select(rule => (Match: rule.Match.Match(text), rule.Say)).FirstOrDefault(static found => found.Match.Success) is { Say: not null } fits
                ? [.. fits.Say.Select(fits.Match.Result)]
                : [text];
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new PipelineException($"block {Name}: {exception.Pattern} takes too long", "avoid nested quantifiers", exception);
        }
    }
}
