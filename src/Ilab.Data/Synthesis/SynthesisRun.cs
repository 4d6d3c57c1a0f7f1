using System.Globalization;
using Ilab.Data.Pipelines;
using Ilab.Data.Synthesis.Documents;
using Ilab.Data.Synthesis.Leaves;
using Ilab.Data.Synthesis.Teachers;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;

namespace Ilab.Data.Synthesis;

/// <summary>Runs all leaves of a generation, as concurrently as the teacher allows.</summary>
internal sealed class SynthesisRun(SynthesisRequest request, IReadOnlyList<Leaf> leaves, PipelineSet pipelines, JobContext context, TimeProvider time)
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(500);

    private readonly Lock _telling = new();
    private SynthesisPlan _plan = new([]);
    private long _begun;
    private long _told;

    public IReadOnlyList<LeafResult> Results { get; } = [.. leaves.Select(static leaf => new LeafResult(leaf))];

    /// <exception cref="EngineException">The teacher failed, or the pipeline does not fit.</exception>
    public async Task RunAsync(ITeacher teacher, JournaledCalls calls, int concurrency, CancellationToken cancellationToken)
    {
        await PlanAsync(teacher, cancellationToken).ConfigureAwait(false);
        _begun = time.GetTimestamp();

        // Enough batches to keep every slot of the teacher busy, whatever blocks they are in.
        using var batches = new SemaphoreSlim(Math.Max(2, (2 * concurrency / Math.Max(1, request.Batch)) + 1));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = Results.Select(result => OneAsync(result, calls, batches, stop)).ToList();
        try
        {
            await Task.WhenAll(running).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // One of them failed and cancelled the others: report that one.
            throw running.Where(static task => task.IsFaulted).Select(static task => task.Exception!.InnerException).FirstOrDefault()
                ?? new EngineException(ErrorKind.Internal, "the generation stopped without a reason");
        }
    }

    /// <summary>Prompts that come near the teacher's context are counted with its own vocabulary, where it has one.</summary>
    private async Task PlanAsync(ITeacher teacher, CancellationToken cancellationToken)
    {
        _plan = await SynthesisPlanner.PlanAsync(request, leaves, pipelines, new EstimatedTokens(), cancellationToken).ConfigureAwait(false);
        var limit = await teacher.ContextAsync(cancellationToken).ConfigureAwait(false);
        var counter = teacher as ITokenCounter;
        if (counter is not null && _plan.Leaves.Any(leaf => leaf.Prompts.Any(prompts => 2 * prompts.Largest + prompts.MaxTokens > limit)))
        {
            _plan = await SynthesisPlanner.PlanAsync(request, leaves, pipelines, counter, cancellationToken).ConfigureAwait(false);
        }

        new ContextCheck(request.Teacher.Name, limit, counter is not null, context.Log).Check(_plan);
    }

    private async Task OneAsync(LeafResult result, JournaledCalls calls, SemaphoreSlim batches, CancellationTokenSource stop)
    {
        try
        {
            var pipeline = pipelines.For(result.Leaf.Kind);
            await new LeafSynthesizer(request, pipeline, calls, batches, (leaf, block) => Tell(leaf, block, calls))
                .RunAsync(result, stop.Token)
                .ConfigureAwait(false);
            Tell(result, "", calls, isLast: true);
            context.Log(result.IsComplete && result.Samples.Count > 0 ? "info" : "warning", Describe(result));
        }
        catch (PipelineException exception)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw exception.ToEngine($"pipeline {pipelines.Name}, {result.Leaf.Path}");
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private string Describe(LeafResult result)
    {
        var most = string.Join(
            "; ",
            result.Rejected.OrderByDescending(static reason => reason.Value).Take(3).Select(static reason => $"{reason.Key} ({reason.Value})")
        );
        var wanted = request.Samples > 0 && result.Samples.Count < request.Samples ? $" of {request.Samples}: three rounds produced nothing new" : "";
        return $"{result.Leaf.Path}: {result.Samples.Count} samples{wanted}, {result.RejectedInAll} rejected{(most.Length > 0 ? $" ({most})" : "")}";
    }

    private void Tell(LeafResult result, string block, JournaledCalls calls, bool isLast = false)
    {
        lock (_telling)
        {
            if (!isLast && _told != 0 && time.GetElapsedTime(_told) < TellEvery)
            {
                return;
            }

            _told = time.GetTimestamp();
            var done = Results.Sum(static one => (long)one.Samples.Count);
            var total = request.Samples > 0 ? (long)request.Samples * Results.Count : _plan.Leaves.Sum(static leaf => (long)Math.Ceiling(leaf.Samples));
            var name = result.Leaf.Path[(result.Leaf.Path.LastIndexOf('/') + 1)..];
            context.Progress(
                new Transfer(result.Leaf.Path, name, Math.Min(done, total), total, calls.TokensPerSecond, "samples", Detail(result, block, calls, done, total))
            );
        }
    }

    /// <summary>Block, rejections with the most frequent reason, tokens per second, remaining time.</summary>
    private string Detail(LeafResult result, string block, JournaledCalls calls, long done, long total)
    {
        var rejected = Results.Sum(static one => one.RejectedInAll);
        var most = result.Rejected.OrderByDescending(static reason => reason.Value).Select(static reason => $", most by {reason.Key}").FirstOrDefault() ?? "";
        var known = calls.Calls + calls.Repeated;

        // The plan assumes no rejections; afterwards, the remaining samples are assumed to cost as much as the finished ones.
        var toAsk =
            done >= total ? 0
            : _plan.Calls > known ? _plan.Calls - known
            : done > 0 ? (double)known / done * (total - done)
            : 0;
        var left =
            toAsk > 0 && calls.Calls > 0 ? $", {TimeSpan.FromSeconds(time.GetElapsedTime(_begun).TotalSeconds / calls.Calls * toAsk):h\\:mm\\:ss} left" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(block.Length > 0 ? block + ", " : "")}{calls.TokensPerSecond:0.#} tokens/s{left}, {rejected} rejected{most}"
        );
    }
}
