using Ilab.Daemon.Options;
using Ilab.Engine.Devices;
using Ilab.Engine.Inference;
using Ilab.Engine.Jobs;
using Ilab.Engine.Models;
using Ilab.Engine.State;

namespace Ilab.Daemon.Services.Host;

/// <summary>What the system calls look at.</summary>
internal sealed record SystemParts(DaemonOptions Options, ModelCatalog Catalog, JobManager Jobs, InferenceEngine Inference, DeviceLedger Devices, Database Database, AcceleratorProbe Accelerator);
