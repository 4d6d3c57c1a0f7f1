namespace Ilab.Data.Pipelines;

/// <summary>A step of a pipeline: transforms rows. Stateless between runs.</summary>
internal abstract class Block(string name)
{
    public string Name { get; } = name;

    /// <exception cref="PipelineException">The rows lack something that the block needs.</exception>
    public abstract ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken);

    /// <summary>
    /// Passes rows on with imitated answers, as if every one were good, so that the prompts of later blocks can be measured. Each row is asked about once.
    /// </summary>
    /// <exception cref="PipelineException">It cannot do without real answers.</exception>
    public virtual ValueTask<IReadOnlyList<Row>> RehearseAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        RunAsync(rows, run, cancellationToken);

    /// <summary>Whether the teacher decides how many rows an answer becomes, so that a plan can only count one.</summary>
    public virtual bool IsOpenEnded => false;

    /// <summary>Estimates teacher requests and output rows for a number of input rows.</summary>
    public virtual BlockPlan Plan(double rows, int scale) => new(0, rows, 0);
}

/// <param name="Calls">Teacher requests.</param>
/// <param name="Rows">Output rows, if nothing is rejected.</param>
/// <param name="AnswerTokens">Upper bound.</param>
internal readonly record struct BlockPlan(double Calls, double Rows, double AnswerTokens)
{
    public double PromptTokens { get; init; }
}

/// <summary>A block that maps every row to one row, without the teacher.</summary>
internal abstract class RowBlock(string name) : Block(name)
{
    public override ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<Row>>([.. rows.Select(Change)]);

    protected abstract Row Change(Row row);
}
