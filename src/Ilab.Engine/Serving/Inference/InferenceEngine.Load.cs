using System.Runtime.CompilerServices;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Inference;

public sealed partial class InferenceEngine
{
    /// <summary>Loads a model without generating; the last progress report has phase <c>ready</c> and the model.</summary>
    public async IAsyncEnumerable<LoadProgress> LoadAsync(
        ModelSelection model,
        LoadSettings settings,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var acquisition = new Acquisition(_models, _scheduler, model, settings, cancellationToken);
        await using (acquisition.ConfigureAwait(false))
        {
            await foreach (var e in acquisition.Events.ConfigureAwait(false))
            {
                yield return e is GenerationLoading loading ? loading.Progress : new LoadProgress("starting", 0);
            }

            using var lease = await acquisition.TakeAsync(cancellationToken).ConfigureAwait(false);
            if (lease is not null)
            {
                yield return new LoadProgress("ready", 1, lease.Model);
            }
        }
    }

    /// <summary>
    /// Unloads a model (by name, digest, digest prefix or runner id) or all models, including others served from the same weights, and returns their names when
    /// they are unloaded. The requested name is returned even if the runner was started for another model with the same weights. Waits for running generations,
    /// or cancels them with <paramref name="force"/>.
    /// </summary>
    /// <exception cref="EngineException"><see cref="ErrorKind.NotFound"/>: no such model is loaded.</exception>
    public Task<IReadOnlyList<string>> UnloadAsync(string reference, bool all, bool force, CancellationToken cancellationToken) =>
        UnloadAsync(Caller.Service, reference, all, force, cancellationToken);

    /// <summary>As above, on behalf of a caller.</summary>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: it would cancel the generations of others.</exception>
    public async Task<IReadOnlyList<string>> UnloadAsync(Caller caller, string reference, bool all, bool force, CancellationToken cancellationToken)
    {
        var asked = all ? null : await StoredAsync(caller, reference, cancellationToken).ConfigureAwait(false);
        bool IsMeant(LoadedModel model) => all || LoadedModelMatch.IsMeant(model, reference) || model.Key == asked?.Key;
        if (force && !caller.IsAdmin && Loaded.FirstOrDefault(model => IsMeant(model) && IsUsedByOthers(caller, model)) is { } used)
        {
            throw new EngineException(
                ErrorKind.PermissionDenied,
                $"{used.Name} is answering requests of others, which --force would cancel",
                "leave out --force to wait for them"
            );
        }

        if (asked is { } stored)
        {
            _scheduler.ResetCrashes(stored.Key);
        }

        var gone = await _scheduler.UnloadAsync(IsMeant, force, cancellationToken).ConfigureAwait(false);
        if (gone.Count == 0 && !all)
        {
            throw new EngineException(ErrorKind.NotFound, $"{reference} is not loaded", "'ilab model ps' lists loaded models");
        }

        return
        [
            .. gone.Select(m =>
                    asked is { } one && !LoadedModelMatch.IsMeant(m, reference) ? one.Name
                    : m.Name.Length > 0 ? m.Name
                    : m.RunnerId
                )
                .Distinct(),
        ];
    }

    // A runner of an earlier service may have generations that this one does not know: they are taken for those of others.
    private bool IsUsedByOthers(Caller caller, LoadedModel model)
    {
        var running = _supervisor.Find(model.RunnerId)?.Session.Running ?? [];
        var own = running.Count(key => GenerationKey.IsOf(caller, key));
        return own < running.Count || own < model.Active;
    }

    // Null if the reference is not a stored model, which is not an error here: it may be a runner id or a checkpoint.
    private async Task<(string Key, string Name)?> StoredAsync(Caller caller, string reference, CancellationToken cancellationToken)
    {
        try
        {
            using var model = await _models.OpenAsync(ModelSelection.Stored(reference) with { Caller = caller }, cancellationToken).ConfigureAwait(false);
            return (model.Key, model.Name);
        }
        catch (EngineException)
        {
            return null;
        }
    }
}
