using Ilab.Api.V1;
using Ilab.Data.Datasets;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Secrets;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Modelfiles;
using Ilab.Engine.Workloads.Training;
using Ilab.Sources;

namespace Ilab.Daemon.Services.Models;

/// <summary>ilab.v1.ModelService; one file per call.</summary>
internal sealed partial class ModelEndpoints(
    ModelStoreParts store,
    InferenceEngine inference,
    JobManager jobs,
    SourceList sources,
    SecretStore secrets,
    EventBus events,
    DeviceLedger devices,
    TrainingRequests trainings,
    TimeProvider time
) : ModelService.ModelServiceBase
{
    private bool IsLoaded(Digest digest)
    {
        var text = digest.ToString();
        return inference.Loaded.Any(model => model.Digest == text);
    }
}

/// <summary>The parts of the store used by the calls.</summary>
internal sealed record ModelStoreParts(
    ModelCatalog Catalog,
    ModelImporter Importer,
    ModelfileImporter Modelfiles,
    ContentStore Content,
    LeaseTable Leases,
    TrainingStore Training,
    DatasetCatalog Datasets,
    DatasetImporter DatasetImporter,
    PromptFolder Prompts
);
