using System.Collections.Concurrent;
using Ilab.Data.Datasets;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Wizard.Facts;
using Ilab.Gguf;
using Ilab.Gguf.Decoders;

namespace Ilab.Daemon.Services.Wizard;

/// <summary>What the wizard knows: the models and datasets that the caller may see, and the devices.</summary>
internal sealed class ServiceFacts(ModelCatalog models, DatasetCatalog datasets, DeviceLedger devices, AcceleratorProbe accelerator, EngineOptions options)
    : IWizardFacts
{
    private const int MostKept = 64;

    /// <summary>By model and data: a conversation asks again at each question.</summary>
    private readonly ConcurrentDictionary<(string Model, string Data), LengthFacts?> _lengths = [];

    public int Threads => options.Threads > 0 ? options.Threads : Environment.ProcessorCount;

    public async Task<IReadOnlyList<ModelFacts>> ModelsAsync(Caller caller, CancellationToken cancellationToken) =>
        [
            .. (await models.ListAsync(caller, cancellationToken))
                .Where(static model => model.Name.Length > 0 && ModelPurpose.Of(new ModelSummary { Architecture = model.Architecture }) is null)
                .OrderByDescending(static model => model.LastUsed ?? model.Created)
                .Select(static model => Of(model)),
        ];

    public async Task<ModelFacts?> ModelAsync(Caller caller, string name, CancellationToken cancellationToken)
    {
        try
        {
            using var model = await models.ResolveAsync(caller, name, "a question", cancellationToken);
            return ModelPurpose.Of(model.Summary) is null ? Of(model, name) : null;
        }
        catch (EngineException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.InvalidArgument)
        {
            return null; // any name can be written into a file
        }
    }

    public async Task<IReadOnlyList<DatasetFacts>> DatasetsAsync(Caller caller, CancellationToken cancellationToken) =>
        [
            .. (await datasets.ListAsync(caller, cancellationToken))
                .Where(static dataset => dataset.Name.Length > 0)
                .OrderByDescending(static dataset => dataset.Created)
                .Select(static dataset => new DatasetFacts(dataset.Name, dataset.Samples, dataset.Size)),
        ];

    public async Task<LengthFacts?> LengthsAsync(Caller caller, string? model, RecordSource data, CancellationToken cancellationToken)
    {
        try
        {
            using var resolved = model is null ? null : await models.ResolveAsync(caller, model, "a plan", cancellationToken);
            using var dataset =
                data.Open is null && data.Dataset.Length > 0 ? await datasets.ResolveAsync(caller, data.Dataset, "a plan", cancellationToken) : null;
            if (dataset is null && data.Open is null)
            {
                return null;
            }

            await using var stream = data.Open?.Invoke() ?? File.OpenRead(dataset!.PathOf(null));
            var key = (resolved?.Digest.ToString() ?? "", KeyOf(stream, dataset));
            if (!_lengths.TryGetValue(key, out var lengths))
            {
                if (_lengths.Count >= MostKept)
                {
                    _lengths.Clear();
                }

                lengths = _lengths[key] = LengthSample.Measure(stream, Counter(resolved), cancellationToken);
            }

            return lengths;
        }
        catch (Exception exception) when (exception is EngineException or IOException or UnauthorizedAccessException or GgufException)
        {
            return null; // what trains on the records says what is wrong with them
        }
    }

    public async Task<bool> IsAcceleratedAsync(CancellationToken cancellationToken) => (await accelerator.GetAsync(cancellationToken)).HasFloats;

    public IReadOnlyList<DeviceFacts> Devices() =>
        [.. devices.Snapshot().Where(static device => device.Usable).Select(static device => new DeviceFacts(device.Id, device.Free, device.IsGpu))];

    private static string KeyOf(Stream stream, ResolvedDataset? dataset) =>
        dataset?.File(null).Digest.ToString()
        ?? (stream is FileStream file ? $"{PathOf(file)}:{file.Length}:{File.GetLastWriteTimeUtc(file.SafeFileHandle).Ticks}" : $"{Guid.NewGuid()}");

    private static string? PathOf(FileStream file) =>
        File.ResolveLinkTarget($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}", returnFinalTarget: false)?.FullName;

    private static RecordCount? Counter(ResolvedModel? model)
    {
        if (model is null)
        {
            return null;
        }

        using var stream = File.OpenRead(model.WeightFiles[0]);
        var header = GgufFile.Read(stream);
        return TokenCounter.Of(header, stream) is { } tokens
            ? new RecordCount(new RecordCounter(tokens, header.GetString("tokenizer.chat_template")).Count)
            : null;
    }

    private static ModelFacts Of(ResolvedModel model, string name)
    {
        var headers = model.WeightFiles.Select(GgufSummary.ReadHeader).ToList();
        var (decoder, problem) = ModelAbilities.TrainingOf(model.WeightFiles[0], headers);
        return Of(model.Record) with
        {
            Name = name,
            Header = GgufSummary.Read(model.WeightFiles),
            HasExperts = decoder is { HasExperts: true },
            TrainsWhole = decoder is null or { HasExperts: false },
            TrainingProblem = problem ?? (model.AdapterFiles.Count > 0 ? "it is a model with an adapter: train its base on the combined records" : null),
        };
    }

    private static ModelFacts Of(ModelRecord model) =>
        new(model.Name, model.Architecture, model.Quantization)
        {
            Parameters = model.Parameters,
            Size = model.Size,
            ContextLength = model.ContextLength,
        };
}
