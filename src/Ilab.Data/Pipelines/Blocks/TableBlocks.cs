using System.Globalization;
using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>Unpivots columns: one row per column and input row, ordered by column.</summary>
internal sealed class FlattenColumnsBlock(string name, BlockConfig config) : Block(name)
{
    private readonly IReadOnlyList<string> _columns = config.Texts("var_cols");
    private readonly string _value = config.Text("value_name");
    private readonly string _variable = config.Text("var_name");

    public override ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        IReadOnlyList<Row> made =
        [
            .. _columns.SelectMany(column =>
                rows.Select(row => row.Without(_columns).With([KeyValuePair.Create(_variable, (object?)column), KeyValuePair.Create(_value, row[column])]))
            ),
        ];
        return ValueTask.FromResult(made);
    }

    public override BlockPlan Plan(double rows, int scale) => new(0, rows * _columns.Count, 0);
}

/// <summary>Sets a column to its most frequent value in all rows; the smallest of several.</summary>
internal sealed class SetToMajorityValueBlock(string name, BlockConfig config) : Block(name)
{
    private readonly string _column = config.Text("col_name");

    public override ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        var major = rows.Select(row => row[_column])
            .Where(static value => value is not null)
            .GroupBy(Values.Text, StringComparer.Ordinal)
            .OrderByDescending(static group => group.Count())
            .ThenBy(static group => Values.AsNumber(group.First()) ?? 0)
            .ThenBy(static group => group.Key, StringComparer.Ordinal)
            .FirstOrDefault()
            ?.First();
        return ValueTask.FromResult<IReadOnlyList<Row>>(major is null ? rows : [.. rows.Select(row => row.With(_column, major))]);
    }
}

/// <summary>Runs another block several times on the same rows, and concatenates the results.</summary>
internal sealed class IterBlock : Block
{
    private readonly int _times;
    private readonly Block _block;

    public IterBlock(string name, BlockConfig config)
        : base(name)
    {
        _times = config.Whole("num_iters");
        var inner = config.Value("block_kwargs") is IDictionary<string, object?> ? config.Section("block_kwargs") : config.Without("num_iters", "block_type");
        _block = PipelineReader.Create(config.Text("block_type"), name, inner);
        foreach (var key in config.Unknown.ToList())
        {
            _ = config.Value(key); // belongs to the nested block
        }
    }

    public override bool IsOpenEnded => _block.IsOpenEnded;

    public override async ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        var place = run.Place;
        var made = new List<Row>();
        for (var time = 0; time < _times; time++)
        {
            run.Place = string.Create(CultureInfo.InvariantCulture, $"{place}.{time}");
            made.AddRange(await _block.RunAsync(rows, run, cancellationToken).ConfigureAwait(false));
        }

        return made;
    }

    /// <summary>The prompts are the same every time.</summary>
    public override ValueTask<IReadOnlyList<Row>> RehearseAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        _block.RehearseAsync(rows, run, cancellationToken);

    public override BlockPlan Plan(double rows, int scale)
    {
        var plan = _block.Plan(rows, scale);
        return new BlockPlan(plan.Calls * _times, plan.Rows * _times, plan.AnswerTokens * _times);
    }
}
