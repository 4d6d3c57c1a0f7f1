using Ilab.Data.Datasets;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Daemon.Services.Wizard;

/// <summary>What the wizard knows: the models and datasets that the caller may see, and the devices.</summary>
internal sealed class ServiceFacts(ModelCatalog models, DatasetCatalog datasets, DeviceLedger devices) : IWizardFacts
{
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
            return ModelPurpose.Of(model.Summary) is null
                ? Of(model.Record) with
                {
                    Name = name,
                    Layers = model.Summary.Layers,
                    Embedding = model.Summary.Embedding,
                }
                : null;
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

    public IReadOnlyList<DeviceFacts> Devices() =>
        [.. devices.Snapshot().Where(static device => device.Usable).Select(static device => new DeviceFacts(device.Id, device.Free, device.IsGpu))];

    private static ModelFacts Of(ModelRecord model) =>
        new(model.Name, model.Architecture, model.Quantization)
        {
            Parameters = model.Parameters,
            Size = model.Size,
            ContextLength = model.ContextLength,
        };
}
