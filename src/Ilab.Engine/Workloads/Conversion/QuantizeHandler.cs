using System.Globalization;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Runners.Tasks;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>
/// Jobs of kind <c>quantize</c>: a model of the store in another type, made by a process of its own, and measured on a text before and after when that is
/// wanted. An adapter that the model has is added to the weights before. A process that outlived the service is waited for; steps that are done are not done again.
/// </summary>
public sealed class QuantizeHandler(ContentStore content, ModelCatalog catalog, LeaseTable leases, ICallerFiles files, NativeTasks tasks, EventBus events) : IJobHandler
{
    public const string JobKind = RunnerKinds.Quantize;
    private const string Merge = RunnerKinds.Merge;
    private const double Overhead = 1.05;

    public string Kind => JobKind;

    public static string ToJson(QuantizeRequest request) => JsonSerializer.Serialize(request, ConversionJson.Default.QuantizeRequest);

    public async Task<string> RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var request = JsonSerializer.Deserialize(context.Job.Request, ConversionJson.Default.QuantizeRequest)!;
        var type = QuantizationTypes.Find(request.Type, request.ImportanceMatrix is not null);
        using var model = await catalog.ResolveAsync(request.Model, $"job {context.Job.Id[..12]}", cancellationToken).ConfigureAwait(false);
        var inputs = new TaskInputs(context.Folder, files, context.Job.Uid);
        var weights = await MergeAsync(context, model, inputs.Parts(model.WeightFiles), cancellationToken).ConfigureAwait(false);
        var evaluation = request.Evaluate is { } text ? new Evaluation(tasks, context, inputs.Copy(text, "text"), request.EvaluateContext) : null;
        var before = evaluation is null ? null : await evaluation.MeasureAsync("before", weights, cancellationToken).ConfigureAwait(false);
        if (!IsFloat(model.Summary.Quantization))
        {
            context.Log("warning", $"Warning: {request.ModelName} is {model.Summary.Quantization} already: quantizing it again loses more than quantizing its original would");
        }

        var expected = (long)(model.Summary.Parameters * type.Bits / 8 * Overhead);
        content.RequireSpace(expected);
        var output = content.IngestPath(KeyOf(context));
        await tasks.RunAsync(
            JobKind,
            Path.Combine(context.Folder, JobKind),
            new TaskSpec { Files = weights, Output = output, FileType = type.FileType, ImportanceMatrix = request.ImportanceMatrix is { } matrix ? inputs.Copy(matrix, "imatrix") : null },
            () => Tell(context, type.Name, output, expected),
            cancellationToken).ConfigureAwait(false);
        var made = await StoreAsync(context, request, type, model, cancellationToken).ConfigureAwait(false);
        var after = evaluation is null ? null : await MeasureAsync(evaluation, made, cancellationToken).ConfigureAwait(false);
        File.Delete(MergedOf(context));
        context.Log("info", Report(model.Record, made, before, after));
        return made.Name;
    }

    public async Task DiscardAsync(JobContext context, CancellationToken cancellationToken)
    {
        foreach (var step in new[] { Merge, JobKind, "before", "after" })
        {
            await tasks.StopAsync(Path.Combine(context.Folder, step), cancellationToken).ConfigureAwait(false);
        }

        File.Delete(MergedOf(context));
        content.DeleteIngest(KeyOf(context));
    }

    private static string MergedOf(JobContext context) => Path.Combine(context.Folder, "merged.gguf");

    private static string KeyOf(JobContext context) => $"quantize-{context.Job.Id}";

    private static bool IsFloat(string quantization) => quantization is "F32" or "F16" or "BF16";

    private static void Tell(JobContext context, string type, string output, long expected)
    {
        var file = new FileInfo(output);
        var done = file.Exists ? file.Length : 0;
        context.Progress(new Transfer(type, "quantizing", Math.Min(done, expected), expected, 0));
    }

    /// <summary>For example <c>1.2 MiB F32 -> 0.4 MiB Q8_0 (0.32x); perplexity 4.05 ± 0.10 -> 4.06 ± 0.10</c>.</summary>
    private static string Report(ModelRecord source, ModelRecord made, PerplexityResult? before, PerplexityResult? after)
    {
        const double MiB = 1 << 20;
        var size = string.Create(CultureInfo.InvariantCulture, $"{source.Size / MiB:0.0} MiB {source.Quantization} -> {made.Size / MiB:0.0} MiB {made.Quantization} ({(double)made.Size / source.Size:0.00}x)");
        return before is null || after is null
            ? size
            : size + string.Create(CultureInfo.InvariantCulture, $"; perplexity {before.Value:0.0000} ± {before.Error:0.0000} -> {after.Value:0.0000} ± {after.Error:0.0000} on {after.Tokens} tokens in {after.Chunks} chunks");
    }

    /// <summary>The weights with the model's adapter in them, which are F32 where it changes them; or the model's own, when there is none.</summary>
    private async Task<IReadOnlyList<string>> MergeAsync(JobContext context, ResolvedModel model, IReadOnlyList<string> weights, CancellationToken cancellationToken)
    {
        if (model.AdapterFiles.Count == 0)
        {
            return weights;
        }

        if (model.AdapterFiles.Count > 1)
        {
            throw new EngineException(ErrorKind.Unsupported, $"{model.Name} has {model.AdapterFiles.Count} adapters, of which one can be added to its weights");
        }

        content.RequireSpace((long)model.Summary.Parameters * sizeof(float));
        await tasks.RunAsync(
            Merge,
            Path.Combine(context.Folder, Merge),
            new TaskSpec { Files = weights, Adapter = model.AdapterFiles[0], Output = MergedOf(context) },
            static () => { },
            cancellationToken).ConfigureAwait(false);
        return [MergedOf(context)];
    }

    private async Task<PerplexityResult> MeasureAsync(Evaluation evaluation, ModelRecord made, CancellationToken cancellationToken)
    {
        using var model = await catalog.ResolveAsync(made.Digest.ToString(), "quantize", cancellationToken).ConfigureAwait(false);
        return await evaluation.MeasureAsync("after", model.WeightFiles, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ModelRecord> StoreAsync(JobContext context, QuantizeRequest request, QuantizationType type, ResolvedModel model, CancellationToken cancellationToken)
    {
        var name = request.Name ?? NameOf(request.ModelName, type.Name);
        if (!content.HasIngest(KeyOf(context)))
        {
            // It was stored by an attempt that ended before the measuring did.
            return await catalog.FindAsync(name, cancellationToken).ConfigureAwait(false);
        }

        context.Progress(new Transfer(type.Name, "committing", 0, 0, 0));
        await using var ingest = await content.OpenIngestAsync(KeyOf(context), cancellationToken).ConfigureAwait(false);
        using var held = leases.Acquire(ingest.Digest, JobKind);
        var blob = await ingest.CommitAsync(null, null, cancellationToken).ConfigureAwait(false);
        var made = await catalog.RegisterAsync(
            new NewModel { Weights = [blob], Name = name, Source = $"quantize:{model.Digest}", FileName = name, Labels = request.Labels, Replace = request.Replace },
            cancellationToken).ConfigureAwait(false);
        events.Publish("model", "quantize", made.Digest.ToString(), made.Name, ("source", made.Source));
        return made;
    }

    /// <summary>The same name with the type as its tag.</summary>
    internal static string NameOf(string model, string type)
    {
        var colon = model.LastIndexOf(':');
        var bare = colon > model.LastIndexOf('/') ? model[..colon] : model;
        return $"{(bare.Length > 0 ? bare : "model")}:{type.ToLowerInvariant()}";
    }
}
