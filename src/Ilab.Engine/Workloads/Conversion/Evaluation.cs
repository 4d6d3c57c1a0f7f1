using System.Globalization;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Workloads.Execution;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>Measures the perplexity of models on one text, each in its own workload.</summary>
/// <param name="text">File with the text.</param>
/// <param name="contextLength">Chunk size in tokens.</param>
internal sealed class Evaluation(WorkRunner work, JobContext context, string text, int contextLength)
{
    private const string Text = "text";

    /// <param name="step">Name of the step.</param>
    /// <param name="weights">The weights to evaluate, in order.</param>
    public async Task<PerplexityResult> MeasureAsync(string step, IReadOnlyList<WorkInput> weights, CancellationToken cancellationToken)
    {
        var bytes = new FileInfo(text).Length;
        var spec = new TaskSpec
        {
            Files = [.. weights.Select(static part => part.Name)],
            Text = Text,
            ContextLength = contextLength,
        };
        var order = new WorkOrder
        {
            Id = WorkIds.Of(context.Job.Id, step),
            Kind = RunnerKinds.Perplexity,
            Parameters = JsonSerializer.Serialize(spec, TaskJson.Default.TaskSpec),
            Inputs = [.. weights, WorkInput.Of(Text, text)],
            Outputs = [TaskFiles.Result],
        };
        await work.RunAsync(
                order,
                context.Job.Attempts > 1,
                entry =>
                {
                    if (entry is { Kind: WorkEventKind.Progress, Total: > 0 })
                    {
                        context.Progress(new Transfer($"perplexity {step}", "evaluating", bytes * entry.Done / entry.Total, bytes, 0));
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        var stream = await work.Executor.CollectAsync(order.Id, TaskFiles.Result, cancellationToken).ConfigureAwait(false);
        await using var opened = stream.ConfigureAwait(false);
        var result =
            await JsonSerializer.DeserializeAsync(stream, TaskJson.Default.PerplexityResult, cancellationToken).ConfigureAwait(false)
            ?? throw new EngineException(ErrorKind.Internal, "the perplexity process returned no result");
        context.Log("info", string.Create(CultureInfo.InvariantCulture, $"perplexity {step}: {result.Value:0.0000} ± {result.Error:0.0000}"));
        return result;
    }
}
