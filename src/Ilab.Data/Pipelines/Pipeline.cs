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

    /// <summary>Runs the remaining blocks on rows from <see cref="PrepareAsync"/> with imitated answers.</summary>
    /// <exception cref="PipelineException">A block cannot do without real answers.</exception>
    public async Task RehearseAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        foreach (var (index, step) in steps.Index().Skip(FirstThatAsks))
        {
            run.Enter(string.Create(CultureInfo.InvariantCulture, $"{index}"), step.Block.Name);
            rows = await step.Block.RehearseAsync(rows, run, cancellationToken).ConfigureAwait(false);
            rows = step.DropColumns.Count > 0 ? [.. rows.Select(row => row.Without(step.DropColumns))] : rows;
        }
    }

    /// <summary>Estimated cost of a number of prepared rows, if nothing is rejected.</summary>
    /// <param name="promptOf">Average tokens of a prompt, by index of the block.</param>
    public BlockPlan Plan(double rows, int scale, Func<int, double>? promptOf = null)
    {
        var (calls, prompts, answers) = (0.0, 0.0, 0.0);
        foreach (var (index, step) in steps.Index().Skip(FirstThatAsks))
        {
            var plan = step.Block.Plan(rows, scale);
            prompts += plan.Calls > 0 && promptOf is not null ? plan.Calls * promptOf(index) : 0;
            (calls, answers, rows) = (calls + plan.Calls, answers + plan.AnswerTokens, plan.Rows);
        }

        return new BlockPlan(calls, rows, answers) { PromptTokens = prompts };
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
