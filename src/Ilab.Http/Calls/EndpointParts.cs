using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Responses;
using Ilab.Engine.Store.UserFiles;
using Ilab.Engine.Workloads.Batches;
using Microsoft.Extensions.Hosting;

namespace Ilab.Http.Calls;

/// <summary>The parts of the engine that endpoints use.</summary>
public sealed record EndpointParts(
    InferenceEngine Inference,
    ModelCatalog Models,
    EventBus Events,
    Uploads Uploads,
    IMetricsPage Metrics,
    JobManager Jobs,
    UserFileStore Files,
    BatchBook Batches,
    ResponseStore Responses,
    IHostApplicationLifetime Lifetime,
    HttpApiOptions Options,
    TimeProvider Time
);
