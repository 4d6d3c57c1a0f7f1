using System.Threading.Channels;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Acquires a loaded model: reports queueing and loading, then yields the lease. Disposing it before the lease is taken releases the lease.</summary>
internal sealed class Acquisition : IAsyncDisposable
{
    private readonly Channel<GenerationEvent> _events = Channel.CreateUnbounded<GenerationEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task<RunnerLease> _lease;
    private bool _taken;

    /// <summary>Settings of the model, once the lease is available; null = none.</summary>
    public ModelSettings? Settings { get; private set; }

    public Acquisition(IModelProvider models, Scheduler scheduler, ModelSelection model, LoadSettings settings, CancellationToken cancellationToken)
    {
        _lease = RunAsync(models, scheduler, model, settings, cancellationToken);
    }

    /// <summary>Queueing and loading events; ends when the lease (or an error) is available.</summary>
    public IAsyncEnumerable<GenerationEvent> Events => _events.Reader.ReadAllAsync();

    /// <summary>The lease; null if the acquisition was cancelled other than by <paramref name="cancelledByCaller"/>.</summary>
    public async Task<RunnerLease?> TakeAsync(CancellationToken cancelledByCaller)
    {
        try
        {
            var lease = await _lease.ConfigureAwait(false);
            _taken = true;
            return lease;
        }
        catch (OperationCanceledException)
        {
            cancelledByCaller.ThrowIfCancellationRequested();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_taken)
        {
            return;
        }

        await ((Task)_lease).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_lease.IsCompletedSuccessfully)
        {
            (await _lease.ConfigureAwait(false)).Dispose();
        }
    }

    /// <summary>Resolves a model, and the one that is to guess its next tokens; empty = none.</summary>
    public static async Task<ServingModel> OpenAsync(IModelProvider models, ModelSelection model, string draft, CancellationToken cancellationToken)
    {
        var serving = await models.OpenAsync(model, cancellationToken).ConfigureAwait(false);
        if (draft.Length == 0)
        {
            return serving;
        }

        ServingModel? smaller = null;
        try
        {
            smaller = await models.OpenAsync(ModelSelection.Stored(draft) with { Caller = model.Caller }, cancellationToken).ConfigureAwait(false);
            RequireUseful(serving, smaller);
            return serving.With(smaller);
        }
        catch
        {
            smaller?.Dispose();
            serving.Dispose();
            throw;
        }
    }

    private static void RequireUseful(ServingModel model, ServingModel draft)
    {
        var why =
            draft.Key == model.Key ? "is the same model"
            : draft.Adapters.Count > 0 ? "is an adapter"
            : null;
        if (why is not null)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{draft.Name} cannot guess the tokens of {model.Name}: it {why}",
                "name a smaller model of the same family, with the same vocabulary"
            );
        }
    }

    private async Task<RunnerLease> RunAsync(
        IModelProvider models,
        Scheduler scheduler,
        ModelSelection model,
        LoadSettings settings,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var serving = await OpenAsync(models, model, settings.Draft, cancellationToken).ConfigureAwait(false);
            Settings = serving.Settings;
            return await scheduler
                .AcquireAsync(serving, ModelDefaults.Apply(settings, Settings), e => _events.Writer.TryWrite(e), cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            _events.Writer.TryComplete();
        }
    }
}
