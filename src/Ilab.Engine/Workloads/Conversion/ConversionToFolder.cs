using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Execution;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Posix.Files;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>A model of the store, or its adapter, becomes a folder of safetensors.</summary>
/// <param name="model">Belongs to this.</param>
/// <param name="reference">Adapters: the model that they are for. Belongs to this.</param>
internal sealed class ConversionToFolder(
    ConversionStore store,
    JobContext context,
    ConvertRequest request,
    ResolvedModel model,
    ResolvedModel? reference,
    IExecutor executor
) : IConversion
{
    private const string Weights = "weights",
        Base = "base";

    private readonly string _output = request.Output!;

    public string Item { get; } = Path.GetFileName(request.Output!.TrimEnd('/'));

    // A model that is an adapter alone, or one with an adapter beside its weights; null = a whole model.
    private string? Adapter => model.AdapterFiles.FirstOrDefault() ?? (PeftExporter.Fits(model.WeightFiles[0]) ? model.WeightFiles[0] : null);

    // The model that an adapter is for: the one that was named, or else the one that it came with.
    private string? Reference => reference?.WeightFiles[0] ?? (model.AdapterFiles.Count > 0 ? model.WeightFiles[0] : null);

    public WorkOrder Prepare(string id)
    {
        if (model.WeightFiles.Count > 1)
        {
            throw new EngineException(
                ErrorKind.Unsupported,
                $"{model.Name} is a model in {model.WeightFiles.Count} parts",
                "make one part of it with 'ilab model quantize MODEL --type F16'"
            );
        }

        if (model.AdapterFiles.Count > 1)
        {
            throw new EngineException(ErrorKind.Unsupported, $"{model.Name} has {model.AdapterFiles.Count} adapters, of which one at a time can be converted");
        }

        if (Directory.Exists(_output) && Directory.EnumerateFileSystemEntries(_output).Any() && !request.Replace)
        {
            throw new EngineException(ErrorKind.AlreadyExists, $"{_output} is not empty", "choose another folder, or use --replace");
        }

        using var export = Open();
        store.Content.RequireSpace(export.Bytes);
        Directory.CreateDirectory(_output);
        WorkInput[] bases = Adapter is not null ? [WorkInput.Of(Base, Reference!)] : [];
        var spec = new TaskSpec
        {
            Files = [Weights],
            Conversion = new ConversionSpec
            {
                Format = Adapter is not null ? ConversionSpec.Peft : ConversionSpec.HuggingFace,
                IsExport = true,
                Type = request.Type,
                Base = Adapter is not null ? Base : "",
            },
        };
        return new WorkOrder
        {
            Id = id,
            Kind = RunnerKinds.Convert,
            Parameters = JsonSerializer.Serialize(spec, TaskJson.Default.TaskSpec),
            Inputs = [WorkInput.Of(Weights, Adapter ?? model.WeightFiles[0]), .. bases],
            Outputs = export.Files,
        };
    }

    public async Task<string> FinishAsync(string id, CancellationToken cancellationToken)
    {
        using var export = Open();
        context.Progress(new Transfer(Item, "committing", 0, 0, 0));
        Directory.CreateDirectory(_output);
        foreach (var file in export.Files)
        {
            var result = await executor.CollectAsync(id, file, cancellationToken).ConfigureAwait(false);
            await using var opened = result.ConfigureAwait(false);
            await SharedFile.WriteAsync(result, Path.Combine(_output, file), cancellationToken).ConfigureAwait(false);
        }

        return _output;
    }

    public void Dispose()
    {
        model.Dispose();
        reference?.Dispose();
    }

    private FolderExport Open() =>
        SourceReader.Checked(() =>
            Adapter is { } adapter
                ? PeftExporter.Prepare(adapter, Reference is { } path ? BackConfig.Read(path) : null)
                : HuggingFaceExporter.Prepare(model.WeightFiles[0], request.Type)
        );
}
