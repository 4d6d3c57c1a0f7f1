using Ilab.Api.V1;
using Ilab.Engine.Serving.Inference;

namespace Ilab.Daemon.Services.Inference;

/// <summary>The public inference service: identity, map, call the engine, map back.</summary>
public sealed partial class InferenceEndpoints(InferenceEngine engine) : InferenceService.InferenceServiceBase;
