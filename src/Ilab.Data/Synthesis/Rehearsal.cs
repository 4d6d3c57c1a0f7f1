using System.Globalization;
using Ilab.Data.Pipelines;
using Ilab.Data.Synthesis.Documents;

namespace Ilab.Data.Synthesis;

/// <summary>The prompts of one block of a pipeline, in tokens.</summary>
/// <param name="Step">Index of the block.</param>
/// <param name="MaxTokens">Limit of an answer.</param>
internal sealed record PromptSizes(int Step, string Block, int Measured, double Average, int Smallest, int Largest, int MaxTokens);

/// <summary>Measures the prompts of a pipeline before the teacher is asked: rows go through all blocks with imitated answers.</summary>
internal sealed class Rehearsal(ITokenCounter counter) : ITeacherCalls
{
    private const int MostRows = 64;
    private const int TokensOfRole = 4;

    private readonly SortedDictionary<int, (string Block, int MaxTokens, List<int> Sizes)> _steps = [];

    /// <summary>In the order of the blocks; a block that could not be reached is missing.</summary>
    public IReadOnlyList<PromptSizes> Sizes =>
        [
            .. _steps.Select(static step => new PromptSizes(
                step.Key,
                step.Value.Block,
                step.Value.Sizes.Count,
                step.Value.Sizes.Average(),
                step.Value.Sizes.Min(),
                step.Value.Sizes.Max(),
                step.Value.MaxTokens
            )),
        ];

    /// <param name="rows">As prepared for the teacher; of many, some are taken from all over.</param>
    public static async Task<IReadOnlyList<PromptSizes>> MeasureAsync(
        Pipeline pipeline,
        IReadOnlyList<Row> rows,
        SynthesisRequest request,
        ITokenCounter counter,
        CancellationToken cancellationToken
    )
    {
        var rehearsal = new Rehearsal(counter);
        var stride = Math.Max(1, (rows.Count + MostRows - 1) / MostRows);
        try
        {
            var some = rows.Where((_, index) => index % stride == 0).ToList();
            await pipeline.RehearseAsync(some, new BlockRun("plan", rehearsal, 1) { MaxTokens = request.MaxTokens }, cancellationToken).ConfigureAwait(false);
        }
        catch (PipelineException)
        {
            // A block needs more than an imitated answer: those before it are measured.
        }

        return rehearsal.Sizes;
    }

    public async Task<string?> AskAsync(TeacherCall call, BlockRun run, CancellationToken cancellationToken)
    {
        var tokens = 0;
        foreach (var message in call.Messages)
        {
            tokens += TokensOfRole + await counter.CountAsync(message.Content, cancellationToken).ConfigureAwait(false);
        }

        var index = int.Parse(run.Place.Split('.')[0], CultureInfo.InvariantCulture);
        if (!_steps.TryGetValue(index, out var step))
        {
            step = (call.Block, call.Settings.MaxTokens, []);
            _steps.Add(index, step);
        }

        step.Sizes.Add(tokens);
        return "";
    }
}
