namespace Ilab.Data.Pipelines;

/// <summary>One step of a pipeline: rows in, rows out. Keeps nothing between two runs.</summary>
internal abstract class Block(string name)
{
    public string Name { get; } = name;

    /// <exception cref="PipelineException">The rows do not have what it needs.</exception>
    public abstract ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken);

    /// <summary>Calls of the teacher for so many rows, and the rows that are expected to come out; for a plan.</summary>
    public virtual BlockPlan Plan(double rows, int scale) => new(0, rows, 0);
}

/// <param name="Calls">Of the teacher.</param>
/// <param name="Rows">That come out, when nothing is rejected.</param>
/// <param name="AnswerTokens">At most.</param>
internal readonly record struct BlockPlan(double Calls, double Rows, double AnswerTokens);

/// <summary>A block whose every row becomes one row, without the teacher.</summary>
internal abstract class RowBlock(string name) : Block(name)
{
    public override ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<Row>>([.. rows.Select(Change)]);

    protected abstract Row Change(Row row);
}
