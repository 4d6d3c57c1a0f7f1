using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Finds the files of models and keeps them from being removed.</summary>
public interface IModelProvider
{
    /// <summary>Resolves and holds a model. Throws <see cref="Errors.EngineException"/>: not found, ambiguous, not usable, ...</summary>
    Task<ServingModel> OpenAsync(ModelSelection model, CancellationToken cancellationToken);

    /// <summary>Holds a stored model that a runner serves already; never fails: what is gone needs no hold.</summary>
    IDisposable Hold(string digest);

    /// <summary>Notes that the model was used.</summary>
    Task TouchAsync(string digest, CancellationToken cancellationToken);
}
