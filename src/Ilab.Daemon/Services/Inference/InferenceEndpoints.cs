using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Store.UserFiles;
using Ilab.Engine.Workloads.Batches;

namespace Ilab.Daemon.Services.Inference;

/// <summary>ilab.v1.InferenceService: identify the caller, map, call the engine, map back; one file per call.</summary>
internal sealed partial class InferenceEndpoints(InferenceEngine engine, Quotas quotas, BatchParts batches) : InferenceService.InferenceServiceBase;

/// <summary>What calls about batches use.</summary>
internal sealed record BatchParts(JobManager Jobs, UserFileStore Files, BatchBook Book, BatchHandler Handler);
