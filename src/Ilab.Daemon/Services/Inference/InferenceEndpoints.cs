using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Serving.Inference;

namespace Ilab.Daemon.Services.Inference;

/// <summary>ilab.v1.InferenceService: identify the caller, map, call the engine, map back; one file per call.</summary>
internal sealed partial class InferenceEndpoints(InferenceEngine engine, Quotas quotas) : InferenceService.InferenceServiceBase;
