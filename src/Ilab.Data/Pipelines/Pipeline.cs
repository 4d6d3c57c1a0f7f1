using System.Globalization;

namespace Ilab.Data.Pipelines;

/// <summary>A block and the post-processing of its rows.</summary>
internal sealed record PipelineStep(Block Block, IReadOnlyList<string> DropColumns, IReadOnlyList<string> DropDuplicates);

/// <summary>A sequence of blocks, with the auxiliary instructions for mixing.</summary>
internal sealed class Pipeline(
    IReadOnlyList<PipelineStep> steps,
    IReadOnlyDictionary<string, IReadOnlyList<string>> auxiliaryInstructions,
    IReadOnlyList<string> warnings
)
{
    public IReadOnlyList<PipelineStep> Steps => steps;

    /// <summary>By kind of rewritten document.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> AuxiliaryInstructions => auxiliaryInstructions;

    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Index of the first block that calls the teacher; the number of blocks if none does.</summary>
    private int FirstThatAsks => steps.TakeWhile(static step => step.Block.Plan(1, 1).Calls == 0).Count();

    /// <summary>Runs all blocks.</summary>
    public Task<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        RunAsync(rows, run, .., cancellationToken);

    /// <summary>Runs the blocks before the first teacher request: they cost nothing, and determine the number of rows for the teacher.</summary>
    public Task<IReadOnlyList<Row>> PrepareAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        RunAsync(rows, run, ..FirstThatAsks, cancellationToken);

    /// <summary>Runs the remaining blocks on rows from <see cref="PrepareAsync"/>.</summary>
    public Task<IReadOnlyList<Row>> FinishAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken) =>
        RunAsync(rows, run, FirstThatAsks.., cancellationToken);

    /// <summary>Estimated cost of a number of prepared rows, if nothing is rejected.</summary>
    public BlockPlan Plan(double rows, int scale)
    {
        var (calls, tokens) = (0.0, 0.0);
        foreach (var step in steps.Skip(FirstThatAsks))
        {
            var plan = step.Block.Plan(rows, scale);
            (calls, tokens, rows) = (calls + plan.Calls, tokens + plan.AnswerTokens, plan.Rows);
        }

        return new BlockPlan(calls, rows, tokens);
    }

    private async Task<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, Range range, CancellationToken cancellationToken)
    {
        var (first, count) = range.GetOffsetAndLength(steps.Count);
        foreach (var (index, step) in steps.Index().Skip(first).Take(count))
        {
            if (rows.Count == 0)
            {
                break;
            }

            run.Enter(string.Create(CultureInfo.InvariantCulture, $"{index}"), step.Block.Name);
            rows = await step.Block.RunAsync(rows, run, cancellationToken).ConfigureAwait(false);
            if (step.DropColumns.Count > 0)
            {
                rows = [.. rows.Select(row => row.Without(step.DropColumns))];
            }

            if (step.DropDuplicates.Count > 0)
            {
                var distinct = rows.DistinctBy(row => row.Key(step.DropDuplicates), StringComparer.Ordinal).ToList();
                run.Reject(step.Block.Name, "duplicate", rows.Count - distinct.Count);
                rows = distinct;
            }
        }

        return rows;
    }
}
