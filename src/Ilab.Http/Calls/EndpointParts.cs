using Ilab.Engine.Events;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Http.Calls;

/// <summary>The parts of the engine that endpoints use.</summary>
public sealed record EndpointParts(InferenceEngine Inference, ModelCatalog Models, EventBus Events, HttpApiOptions Options, TimeProvider Time);
