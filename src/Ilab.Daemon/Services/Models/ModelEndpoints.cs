using Ilab.Api.V1;
using Ilab.Engine.Content;
using Ilab.Engine.Datasets;
using Ilab.Engine.Events;
using Ilab.Engine.Inference;
using Ilab.Engine.Jobs;
using Ilab.Engine.Models;
using Ilab.Engine.Sources;
using Ilab.Engine.Training;

namespace Ilab.Daemon.Services.Models;

/// <summary>ilab.v1.ModelService; one file per call.</summary>
internal sealed partial class ModelEndpoints(ModelStoreParts store, InferenceEngine inference, JobManager jobs, SourceList sources, EventBus events, TimeProvider time)
    : ModelService.ModelServiceBase
{
    private bool IsLoaded(Digest digest)
    {
        var text = digest.ToString();
        return inference.Loaded.Any(model => model.Digest == text);
    }
}

/// <summary>The parts of the store that the calls use.</summary>
internal sealed record ModelStoreParts(ModelCatalog Catalog, ModelImporter Importer, ContentStore Content, LeaseTable Leases, TrainingStore Training, DatasetCatalog Datasets);
