using Ilab.Configuration.Service;
using Ilab.Daemon.Hosting;
using Ilab.Data.Datasets;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.State;

namespace Ilab.Daemon.Services.Host;

/// <summary>The services used by the system calls.</summary>
internal sealed record SystemParts(
    ServiceOptions Options,
    ModelCatalog Models,
    DatasetCatalog Datasets,
    BlobCollector Blobs,
    JobManager Jobs,
    InferenceEngine Inference,
    DeviceLedger Devices,
    Database Database,
    AcceleratorProbe Accelerator,
    TcpListening Tcp,
    PromptFolder Prompts
);
