using System.Globalization;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Execution;
using Ilab.Posix.Files;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>
/// Jobs of kind <c>quantize</c>: quantizes a model in the store with an executor and, on request, measures its perplexity before and after. An adapter is
/// merged into the weights first. Work that outlived the service is picked up again; completed steps are not repeated.
/// </summary>
public sealed class QuantizeHandler(ContentStore content, ModelCatalog catalog, LeaseTable leases, ICallerFiles files, WorkRunner work, EventBus events)
    : IJobHandler
{
    public const string JobKind = RunnerKinds.Quantize;
    private const string Merge = RunnerKinds.Merge;
    private const string Output = "model.gguf",
        Adapter = "adapter",
        Matrix = "imatrix";
    private const double Overhead = 1.05;

    private static readonly string[] Steps = ["after", JobKind, "before", Merge];

    public string Kind => JobKind;

    public static string ToJson(QuantizeRequest request) => JsonSerializer.Serialize(request, ConversionJson.Default.QuantizeRequest);

    public void Validate(string request)
    {
        var wanted = JsonSerializer.Deserialize(request, ConversionJson.Default.QuantizeRequest)!;
        QuantizationTypes.Find(wanted.Type, wanted.ImportanceMatrix is not null);
    }

    public async Task<string> RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var request = JsonSerializer.Deserialize(context.Job.Request, ConversionJson.Default.QuantizeRequest)!;
        var type = QuantizationTypes.Find(request.Type, request.ImportanceMatrix is not null);
        var name = request.Name ?? NameOf(request.ModelName, type.Name);
        await catalog.RequireFreeAsync(context.Job.Caller, name, replace: true, cancellationToken).ConfigureAwait(false); // before the work, not after it
        using var model = await catalog.ResolveAsync(request.Model, $"job {context.Job.Id[..12]}", cancellationToken).ConfigureAwait(false);
        var inputs = new TaskInputs(context.Folder, files, context.Job.Uid);
        var weights = await MergeAsync(context, model, TaskInputs.Weights(inputs.Parts(model.WeightFiles)), cancellationToken).ConfigureAwait(false);
        var evaluation = request.Evaluate is { } text ? new Evaluation(work, context, inputs.Copy(text, "text"), request.EvaluateContext) : null;
        var before = evaluation is null ? null : await evaluation.MeasureAsync("before", weights, cancellationToken).ConfigureAwait(false);
        if (!IsFloat(model.Summary.Quantization))
        {
            context.Log(
                "warning",
                $"Warning: {request.ModelName} is already {model.Summary.Quantization}; quantizing it again loses more quality than quantizing the original"
            );
        }

        var made = await FindMadeAsync(context, cancellationToken).ConfigureAwait(false);
        if (made is null)
        {
            await QuantizeAsync(context, request, type, model, weights, inputs, cancellationToken).ConfigureAwait(false);
            made = await StoreAsync(context, request, type, model, cancellationToken).ConfigureAwait(false);
        }

        var after = evaluation is null ? null : await MeasureAsync(evaluation, made, cancellationToken).ConfigureAwait(false);
        await RemoveAsync(context, cancellationToken).ConfigureAwait(false);
        context.Log("info", Report(model.Record, made, before, after));
        return made.Name;
    }

    public async Task DiscardAsync(JobContext context, CancellationToken cancellationToken)
    {
        foreach (var step in Steps)
        {
            await work.Executor.CancelAsync(WorkIds.Of(context.Job.Id, step), cancellationToken).ConfigureAwait(false);
        }

        await RemoveAsync(context, cancellationToken).ConfigureAwait(false);
        content.DeleteIngest(KeyOf(context));
    }

    private static string KeyOf(JobContext context) => $"made-{context.Job.Id}";

    // Of earlier versions: the first wrote the output itself, and work of its may still be at it.
    private static string[] OldKeysOf(JobContext context) => [$"quantize-{context.Job.Id}", $"quantized-{context.Job.Id}"];

    private static string MadeFile(JobContext context) => Path.Combine(context.Folder, "made");

    private async Task RemoveAsync(JobContext context, CancellationToken cancellationToken)
    {
        foreach (var step in Steps)
        {
            await work.Executor.RemoveAsync(WorkIds.Of(context.Job.Id, step), cancellationToken).ConfigureAwait(false);
        }

        File.Delete(Path.Combine(context.Folder, "merged.gguf"));
        Array.ForEach(OldKeysOf(context), content.DeleteIngest);
    }

    private async Task QuantizeAsync(
        JobContext context,
        QuantizeRequest request,
        QuantizationType type,
        ResolvedModel model,
        IReadOnlyList<WorkInput> weights,
        TaskInputs inputs,
        CancellationToken cancellationToken
    )
    {
        var expected = (long)(model.Summary.Parameters * type.Bits / 8 * Overhead);
        content.RequireSpace(expected);
        WorkInput[] matrix = request.ImportanceMatrix is { } path ? [WorkInput.Of(Matrix, inputs.Copy(path, Matrix))] : [];
        var spec = new TaskSpec
        {
            Files = [.. weights.Select(static part => part.Name)],
            Output = Output,
            FileType = type.FileType,
            ImportanceMatrix = matrix.Length > 0 ? Matrix : null,
        };
        await work.RunAsync(
                Order(context, JobKind, spec, [.. weights, .. matrix]),
                context.Job.Attempts > 1,
                entry =>
                {
                    if (entry.Kind == WorkEventKind.Progress)
                    {
                        context.Progress(new Transfer(type.Name, "quantizing", Math.Min(entry.Done, expected), expected, 0));
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private static WorkOrder Order(JobContext context, string kind, TaskSpec spec, IReadOnlyList<WorkInput> inputs) =>
        new()
        {
            Id = WorkIds.Of(context.Job.Id, kind),
            Kind = kind,
            Parameters = JsonSerializer.Serialize(spec, TaskJson.Default.TaskSpec),
            Inputs = inputs,
            Outputs = [Output],
        };

    /// <summary>The model stored by an interrupted attempt; null if none.</summary>
    private async Task<ModelRecord?> FindMadeAsync(JobContext context, CancellationToken cancellationToken) =>
        File.Exists(MadeFile(context))
            ? await catalog
                .FindAsync(await File.ReadAllTextAsync(MadeFile(context), cancellationToken).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false)
            : null;

    private static bool IsFloat(string quantization) => quantization is "F32" or "F16" or "BF16";

    /// <summary>For example <c>1.2 MB F32 -> 0.4 MB Q8_0 (0.32x); perplexity 4.05 ± 0.10 -> 4.06 ± 0.10</c>.</summary>
    private static string Report(ModelRecord source, ModelRecord made, PerplexityResult? before, PerplexityResult? after)
    {
        var size = string.Create(
            CultureInfo.InvariantCulture,
            $"{ByteText.Of(source.Size)} {source.Quantization} -> {ByteText.Of(made.Size)} {made.Quantization} ({(double)made.Size / source.Size:0.00}x)"
        );
        return before is null || after is null
            ? size
            : size
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"; perplexity {before.Value:0.0000} ± {before.Error:0.0000} -> {after.Value:0.0000} ± {after.Error:0.0000} on {after.Tokens} tokens in {after.Chunks} chunks"
                );
    }

    /// <summary>The weights with the model's adapter merged, in F32 where it changes them; the model's own weights if it has no adapter.</summary>
    private async Task<IReadOnlyList<WorkInput>> MergeAsync(
        JobContext context,
        ResolvedModel model,
        IReadOnlyList<WorkInput> weights,
        CancellationToken cancellationToken
    )
    {
        if (model.AdapterFiles.Count == 0)
        {
            return weights;
        }

        if (model.AdapterFiles.Count > 1)
        {
            throw new EngineException(ErrorKind.Unsupported, $"{model.Name} has {model.AdapterFiles.Count} adapters; only one can be merged into its weights");
        }

        content.RequireSpace((long)model.Summary.Parameters * sizeof(float));
        var spec = new TaskSpec
        {
            Files = [.. weights.Select(static part => part.Name)],
            Adapter = Adapter,
            Output = Output,
        };
        var order = Order(context, Merge, spec, [.. weights, WorkInput.Of(Adapter, model.AdapterFiles[0])]);
        await work.RunAsync(order, context.Job.Attempts > 1, static _ => { }, cancellationToken).ConfigureAwait(false);
        return [WorkInput.Of("weights-1", work.Executor, order.Id, Output)];
    }

    private async Task<PerplexityResult> MeasureAsync(Evaluation evaluation, ModelRecord made, CancellationToken cancellationToken)
    {
        using var model = await catalog.ResolveAsync(made.Digest.ToString(), "quantize", cancellationToken).ConfigureAwait(false);
        return await evaluation.MeasureAsync("after", TaskInputs.Weights(model.WeightFiles), cancellationToken).ConfigureAwait(false);
    }

    private async Task<ModelRecord> StoreAsync(
        JobContext context,
        QuantizeRequest request,
        QuantizationType type,
        ResolvedModel model,
        CancellationToken cancellationToken
    )
    {
        var name = request.Name ?? NameOf(request.ModelName, type.Name);
        Stream result;
        try
        {
            result = await work.Executor.CollectAsync(WorkIds.Of(context.Job.Id, JobKind), Output, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound && context.Job.Attempts > 1)
        {
            // An earlier service stored the output before it stopped, but did not record it.
            return await catalog.FindAsync(name, cancellationToken).ConfigureAwait(false);
        }

        await using var opened = result.ConfigureAwait(false);
        context.Progress(new Transfer(type.Name, "committing", 0, 0, 0));
        using var held = new LeaseGroup(leases, JobKind);
        var blob = await content.TakeAsync(KeyOf(context), result, held, cancellationToken).ConfigureAwait(false);
        var made = await catalog
            .RegisterAsync(
                new NewModel
                {
                    Weights = [blob],
                    Name = name,
                    Source = $"quantize:{model.Digest}",
                    FileName = name,
                    Labels = request.Labels,
                    Replace = request.Replace,
                    Settings = model.Settings,
                    License = catalog.LicenseOf(catalog.ReadManifest(model.Digest)),
                    Caller = context.Job.Caller,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        AtomicFile.Write(MadeFile(context), System.Text.Encoding.UTF8.GetBytes(made.Digest.ToString()));
        events.Publish("model", "quantize", made.Digest.ToString(), made.Name, ("source", made.Source));
        return made;
    }

    /// <summary>The model's name with the type as tag.</summary>
    internal static string NameOf(string model, string type)
    {
        var colon = model.LastIndexOf(':');
        var bare = colon > model.LastIndexOf('/') ? model[..colon] : model;
        return $"{(bare.Length > 0 ? bare : "model")}:{type.ToLowerInvariant()}";
    }
}
