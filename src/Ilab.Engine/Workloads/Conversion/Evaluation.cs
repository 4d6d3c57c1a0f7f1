using System.Globalization;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Runners.Tasks;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>Measures the perplexity of models on one text, each in a process of its own.</summary>
/// <param name="text">File with the text.</param>
/// <param name="contextLength">Tokens of a chunk.</param>
internal sealed class Evaluation(NativeTasks tasks, JobContext context, string text, int contextLength)
{
    private const string Verb = "perplexity";

    /// <param name="step">Name of the step's folder.</param>
    public async Task<PerplexityResult> MeasureAsync(string step, IReadOnlyList<string> weights, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(context.Folder, step);
        var bytes = new FileInfo(text).Length;
        long told = -1;
        await tasks.RunAsync(
            Verb,
            folder,
            new NativeTaskSpec { Files = weights, Text = text, ContextLength = contextLength },
            () =>
            {
                if (Read(folder, "progress.json", ConversionJson.Default.NativeTaskProgress) is { Total: > 0 } progress && progress.Done != told)
                {
                    told = progress.Done;
                    context.Progress(new Transfer($"perplexity {step}", "evaluating", bytes * progress.Done / progress.Total, bytes, 0));
                }
            },
            cancellationToken).ConfigureAwait(false);
        var result = Read(folder, "result.json", ConversionJson.Default.PerplexityResult) ?? throw new EngineException(ErrorKind.Internal, "the perplexity process left no result");
        context.Log("info", string.Create(CultureInfo.InvariantCulture, $"perplexity {step}: {result.Value:0.0000} ± {result.Error:0.0000}"));
        return result;
    }

    private static T? Read<T>(string folder, string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, name)), type);
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null; // not there yet
        }
    }
}
