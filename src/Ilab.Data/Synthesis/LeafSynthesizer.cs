using System.Globalization;
using Ilab.Data.Pipelines;
using Ilab.Data.Pipelines.Blocks;
using Ilab.Data.Synthesis.Leaves;

namespace Ilab.Data.Synthesis;

/// <summary>
/// Runs the seeds of one leaf through its pipeline in concurrent batches. Results are taken in the order of the seeds, so that the same completions give the
/// same samples. The teacher is called for the missing samples, plus more according to the rejection rate; the seeds are reused as often as necessary.
/// </summary>
internal sealed class LeafSynthesizer(
    SynthesisRequest request,
    Pipeline pipeline,
    ITeacherCalls calls,
    SemaphoreSlim batches,
    Action<LeafResult, string> progress
)
{
    private const int MostBarrenPasses = 3;

    private readonly HashSet<UInt128> _seen = [];
    private readonly List<string[]> _words = [];

    /// <exception cref="PipelineException">The pipeline does not fit the seeds.</exception>
    public async Task RunAsync(LeafResult result, CancellationToken cancellationToken)
    {
        var rows = await PrepareAsync(result, cancellationToken).ConfigureAwait(false);
        result.IsComplete = rows.Count == 0 && request.Samples == 0; // blocks before the first teacher request rejected all rows
        var (position, barren, expected) = (0, 0, 0.0);
        for (var wave = 0; barren < MostBarrenPasses * rows.Count; wave++)
        {
            var before = result.Samples.Count;
            var portions =
                request.Samples == 0
                    ? [new Portion(rows.Count, request.Scale)]
                    : Portions.Of(Portions.Wanted(request.Samples - before, expected, before, request.Batch), rows.Count, YieldOfOne);
            var sent = portions.Sum(static portion => portion.Rows);
            await WaveAsync(result, [.. Enumerable.Range(position, sent).Select(index => rows[index % rows.Count])], portions, wave, cancellationToken)
                .ConfigureAwait(false);
            if (request.Samples == 0 || result.Samples.Count >= request.Samples)
            {
                result.IsComplete = true;
                return;
            }

            expected += portions.Sum(portion => portion.Rows * YieldOfOne(portion.Scale));
            position = (position + sent) % rows.Count;
            barren = result.Samples.Count > before ? 0 : barren + sent;
        }
    }

    /// <summary>Runs the blocks before the teacher. If only some samples are needed, their rows are spread over all seeds.</summary>
    internal static async Task<IReadOnlyList<Row>> PrepareAsync(
        Leaf leaf,
        Pipeline pipeline,
        SynthesisRequest request,
        Func<int, BlockRun> runOf,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<Row>();
        foreach (var (index, batch) in leaf.Rows.Chunk(Math.Max(1, request.Batch)).Index())
        {
            rows.AddRange(await pipeline.PrepareAsync(batch, runOf(index), cancellationToken).ConfigureAwait(false));
        }

        if (request.Samples > 0 && (leaf.IsKnowledge || request.Samples < rows.Count))
        {
            new StableRandom(request.Seed).Shuffle(rows);
        }

        return rows;
    }

    private double YieldOfOne(int scale) => pipeline.Plan(1, scale).Rows;

    private async Task<IReadOnlyList<Row>> PrepareAsync(LeafResult result, CancellationToken cancellationToken)
    {
        var runs = new List<BlockRun>();
        var rows = await PrepareAsync(
                result.Leaf,
                pipeline,
                request,
                index =>
                {
                    runs.Add(NewRun(result, "before", index, 1));
                    return runs[^1];
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        foreach (var (reason, count) in runs.SelectMany(static run => run.Rejected))
        {
            result.Reject(reason, count);
        }

        return rows;
    }

    private async Task WaveAsync(LeafResult result, List<Row> rows, IReadOnlyList<Portion> portions, int wave, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<(IReadOnlyList<Row> Rows, BlockRun Run)>>();
        var first = 0;
        foreach (var portion in portions)
        {
            foreach (var batch in rows.Skip(first).Take(portion.Rows).Chunk(Math.Max(1, request.Batch)))
            {
                running.Add(BatchAsync(batch, NewRun(result, wave.ToString(CultureInfo.InvariantCulture), running.Count, portion.Scale), enough.Token));
            }

            first += portion.Rows;
        }

        try
        {
            foreach (var batch in running)
            {
                var (made, run) = await batch.ConfigureAwait(false);
                Take(result, made, run);
                progress(result, "");
                if (request.Samples > 0 && result.Samples.Count >= request.Samples)
                {
                    break;
                }
            }
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private BlockRun NewRun(LeafResult result, string wave, int batch, int scale) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{result.Leaf.Path}/{wave}/{batch}"), calls, scale)
        {
            MaxTokens = request.MaxTokens,
            Progress = block => progress(result, block),
        };

    private async Task<(IReadOnlyList<Row> Rows, BlockRun Run)> BatchAsync(Row[] rows, BlockRun run, CancellationToken cancellationToken)
    {
        await batches.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return (await pipeline.FinishAsync(rows, run, cancellationToken).ConfigureAwait(false), run);
        }
        finally
        {
            batches.Release();
        }
    }

    private void Take(LeafResult result, IReadOnlyList<Row> rows, BlockRun run)
    {
        var (asked, promptTokens, answerTokens) = run.Used;
        result.Calls += asked;
        result.PromptTokens += promptTokens;
        result.AnswerTokens += answerTokens;
        foreach (var (reason, count) in run.Rejected)
        {
            result.Reject(reason, count);
        }

        foreach (var row in rows)
        {
            if (request.Samples > 0 && result.Samples.Count >= request.Samples)
            {
                return;
            }

            if (GeneratedSample.Of(result.Leaf, row) is not { } sample)
            {
                result.Reject("question and answer cannot be separated", 1);
            }
            else if (IsNew(sample))
            {
                result.Samples.Add(sample);
            }
            else
            {
                result.Duplicates++;
            }
        }
    }

    private bool IsNew(GeneratedSample sample)
    {
        if (
            !_seen.Add(
                Datasets.StatisticsCollector.Key([
                    new Datasets.RecordMessage("user", sample.Question),
                    new Datasets.RecordMessage("document", sample.Row.Text("dataset_type", "")),
                ])
            )
        )
        {
            return false;
        }

        if (request.Similarity <= 0)
        {
            return true;
        }

        var words = RougeL.Words(sample.Question);
        if (_words.Any(earlier => RougeL.IsAbove(words, earlier, request.Similarity)))
        {
            return false;
        }

        _words.Add(words);
        return true;
    }
}
