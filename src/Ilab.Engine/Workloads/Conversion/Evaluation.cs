using System.Globalization;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Runners.Tasks;
using Ilab.Engine.Store.Catalog;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>Measures the perplexity of models on one text, each in a process of its own.</summary>
/// <param name="text">File with the text.</param>
/// <param name="contextLength">Tokens of a chunk.</param>
internal sealed class Evaluation(NativeTasks tasks, JobContext context, string text, int contextLength)
{
    /// <param name="step">Name of the step's folder.</param>
    public async Task<PerplexityResult> MeasureAsync(string step, IReadOnlyList<string> weights, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(context.Folder, step);
        var bundle = new Bundle(folder);
        var bytes = new FileInfo(text).Length;
        long told = -1;
        await tasks.RunAsync(
            RunnerKinds.Perplexity,
            folder,
            new TaskSpec { Files = weights, Text = text, ContextLength = contextLength },
            () =>
            {
                if (bundle.Read(TaskFiles.Progress, TaskJson.Default.TaskProgress) is { Total: > 0 } progress && progress.Done != told)
                {
                    told = progress.Done;
                    context.Progress(new Transfer($"perplexity {step}", "evaluating", bytes * progress.Done / progress.Total, bytes, 0));
                }
            },
            cancellationToken).ConfigureAwait(false);
        var result = bundle.Read(TaskFiles.Result, TaskJson.Default.PerplexityResult) ?? throw new EngineException(ErrorKind.Internal, "the perplexity process left no result");
        context.Log("info", string.Create(CultureInfo.InvariantCulture, $"perplexity {step}: {result.Value:0.0000} ± {result.Error:0.0000}"));
        return result;
    }
}
