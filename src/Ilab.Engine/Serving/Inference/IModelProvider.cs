using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Resolves models to files and protects these from removal.</summary>
public interface IModelProvider
{
    /// <summary>Resolves and leases a model. Throws <see cref="Errors.EngineException"/>: not found, ambiguous, not usable, ...</summary>
    Task<ServingModel> OpenAsync(ModelSelection model, CancellationToken cancellationToken);

    /// <summary>Leases a stored model that a runner already serves; never fails.</summary>
    IDisposable Hold(string digest);

    /// <summary>Records that the model was used.</summary>
    Task TouchAsync(string digest, CancellationToken cancellationToken);
}
