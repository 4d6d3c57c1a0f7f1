using System.Globalization;
using Ilab.Engine.Generation.Leaves;
using Ilab.Engine.Pipelines;
using Ilab.Engine.Pipelines.Blocks;

namespace Ilab.Engine.Generation;

/// <summary>
/// Sends the seeds of one leaf through its pipeline, a few together, several such batches at once. What comes out is taken in the order of the seeds, so that the same
/// answers give the same samples. Until there are as many as were asked for, the seeds go through again.
/// </summary>
internal sealed class LeafGenerator(GenerateRequest request, Pipeline pipeline, ITeacherCalls calls, SemaphoreSlim batches, Action<LeafResult, string> progress)
{
    private const int MostFruitlessRounds = 3;
    private const int MostRounds = 1000;
    private const int LargestScale = 30;

    private readonly HashSet<UInt128> _seen = [];
    private readonly List<string[]> _words = [];

    /// <exception cref="PipelineException">The pipeline does not fit the seeds.</exception>
    public async Task RunAsync(LeafResult result, CancellationToken cancellationToken)
    {
        var rows = Order(result.Leaf);
        var fruitless = 0;
        for (var round = 0; round < MostRounds; round++)
        {
            var before = result.Samples.Count;
            await RoundAsync(result, rows, round, cancellationToken).ConfigureAwait(false);
            if (request.Samples == 0 || result.Samples.Count >= request.Samples)
            {
                result.IsComplete = true;
                return;
            }

            fruitless = result.Samples.Count > before ? 0 : fruitless + 1;
            if (fruitless == MostFruitlessRounds)
            {
                return;
            }
        }
    }

    private async Task RoundAsync(LeafResult result, List<Row> rows, int round, CancellationToken cancellationToken)
    {
        var scale = request.Samples == 0 ? request.Scale : Math.Clamp((request.Samples - result.Samples.Count + rows.Count - 1) / rows.Count, 1, LargestScale);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = rows.Chunk(Math.Max(1, request.Batch)).Select((batch, index) => BatchAsync(batch, NewRun(result, round, index, scale), enough.Token)).ToList();
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

    private BlockRun NewRun(LeafResult result, int round, int batch, int scale) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{result.Leaf.Path}/{round}/{batch}"), calls, scale) { MaxTokens = request.MaxTokens, Progress = block => progress(result, block) };

    private async Task<(IReadOnlyList<Row> Rows, BlockRun Run)> BatchAsync(Row[] rows, BlockRun run, CancellationToken cancellationToken)
    {
        await batches.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return (await pipeline.RunAsync(rows, run, cancellationToken).ConfigureAwait(false), run);
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
                result.Reject("question and answer cannot be told apart", 1);
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
        if (!_seen.Add(Datasets.StatisticsCollector.Key([new Datasets.RecordMessage("user", sample.Question), new Datasets.RecordMessage("document", sample.Row.Text("dataset_type", ""))])))
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

    /// <summary>When only some samples are wanted, they come from everywhere in the documents.</summary>
    private List<Row> Order(Leaf leaf)
    {
        var rows = leaf.Rows.ToList();
        if (request.Samples > 0 && leaf.IsKnowledge)
        {
            new StableRandom(request.Seed).Shuffle(rows);
        }

        return rows;
    }
}
