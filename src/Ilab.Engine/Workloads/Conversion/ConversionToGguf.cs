using System.Globalization;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Execution;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>A caller's files become a model of the store.</summary>
/// <param name="reference">Adapters: the model that they are for. Belongs to this.</param>
internal sealed class ConversionToGguf(
    ConversionStore store,
    JobContext context,
    ConvertRequest request,
    ResolvedModel? reference,
    ICallerFiles files,
    IExecutor executor
) : IConversion
{
    private const int MostCrashes = 1;

    private const string Output = "model.gguf",
        Base = "base",
        Tokenizer = "tokenizer";

    public string Item { get; } = Path.GetFileName(request.Path!.TrimEnd('/'));

    public WorkOrder Prepare(string id)
    {
        var shape = reference is null ? null : SourceReader.Checked(() => BackConfig.Read(reference.WeightFiles[0]));
        using var source = new SourceReader(files, context.Job.Uid).Prepare(request, shape);
        foreach (var warning in source.Conversion.Warnings)
        {
            context.Log("warning", $"Warning: {warning}");
        }

        store.Content.RequireSpace(source.Conversion.Bytes);
        var staged = new TaskInputs(context.Folder, files, context.Job.Uid);
        var sources = source
            .Folder.Used.Select((name, index) => (Name: name, Input: string.Create(CultureInfo.InvariantCulture, $"source-{index + 1}")))
            .ToArray();
        var inputs = sources.Select(file => staged.Take(source.Folder.Open(file.Name), Path.Combine(source.Path, file.Name), file.Input)).ToList();
        if (source.Tokenizer is { } beside)
        {
            inputs.Add(staged.Take(beside.Open(beside.Used.Single()), request.Tokenizer!, Tokenizer));
        }

        if (source.Format == ConversionSpec.Peft)
        {
            inputs.Add(WorkInput.Of(Base, reference!.WeightFiles[0]));
        }

        var spec = new TaskSpec
        {
            Output = Output,
            Conversion = new ConversionSpec
            {
                Format = source.Format,
                Type = request.Type,
                Name = source.Folder.Name,
                Sources = sources.ToDictionary(static file => file.Name, static file => file.Input),
                Tokenizer = source.Tokenizer is null ? "" : Tokenizer,
                Base = source.Format == ConversionSpec.Peft ? Base : "",
            },
        };
        return new WorkOrder
        {
            Id = id,
            Kind = RunnerKinds.Convert,
            Parameters = JsonSerializer.Serialize(spec, TaskJson.Default.TaskSpec),
            Inputs = inputs,
            Outputs = [Output, TaskFiles.Result],
            Restarts = MostCrashes,
        };
    }

    public async Task<string> FinishAsync(string id, CancellationToken cancellationToken)
    {
        var result = await executor.CollectAsync(id, Output, cancellationToken).ConfigureAwait(false);
        await using var opened = result.ConfigureAwait(false);
        context.Progress(new Transfer(Item, "committing", 0, 0, 0));
        var written = await WrittenAsync(id, cancellationToken).ConfigureAwait(false);
        var model = await store.RegisterAsync(context.Job, request, reference, (result, written), cancellationToken).ConfigureAwait(false);
        return model.Name.Length > 0 ? model.Name : model.Digest.ToString();
    }

    public void Dispose() => reference?.Dispose();

    /// <returns>Null: a runner of an earlier version, which does not tell the digest.</returns>
    private async Task<WrittenFile?> WrittenAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await executor.CollectAsync(id, TaskFiles.Result, cancellationToken).ConfigureAwait(false);
            await using var opened = stream.ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync(stream, TaskJson.Default.WrittenFile, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is EngineException { Kind: ErrorKind.NotFound } or JsonException)
        {
            return null;
        }
    }
}
