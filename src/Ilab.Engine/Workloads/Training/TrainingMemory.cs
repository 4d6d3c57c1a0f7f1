using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Engine.Store.Catalog;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>
/// A training's memory in the ledger of devices: first what weights and optimizer take, which the base tells; then, when its runner has planned, all of it. The runner
/// writes <c>memory.wanted</c> (bytes) and goes on when <c>memory.granted</c> is there: bytes, or <c>refused</c> with the reason in the next line.
/// </summary>
/// <param name="folder">Of both files.</param>
/// <param name="planning">Held by one training at a time until it has all that it needs, so that two never wait for each other.</param>
internal sealed class TrainingMemory(Scheduler scheduler, JobContext context, string folder, SemaphoreSlim planning)  : IAsyncDisposable
{
    private const int BytesOfATrainedParameter = 16, LinearLayers = 7, WidthsOfALayer = 4;
    private readonly MemoryFiles _files = new(folder);
    private readonly List<IDisposable> _held = [];
    private string _device = DeviceMemory.Cpu;
    private long _state;
    private readonly CancellationTokenSource _over = new();
    private Task? _growing;
    private bool _plans;

    private string Id => DeviceLedger.JobOwner(context.Job.Id);

    /// <summary>Takes what is known before the runner starts; what a living runner has already is entered as it is.</summary>
    public async Task BeginAsync(ModelSummary model, TrainingSpec options, bool isRunning, CancellationToken cancellationToken)
    {
        (_state, _device) = (Estimate(model, options), options.Device);
        if (isRunning)
        {
            _held.Add(scheduler.Hold(Id, Bytes(Math.Max(_state, _files.IsAnswered ? _files.Wanted() : 0))));
            return;
        }

        await planning.WaitAsync(cancellationToken).ConfigureAwait(false);
        _plans = true;
        _files.Clear();
        _held.Add(await scheduler.ReserveAsync(Id, "the training", Bytes(_state), Tell, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Looks whether the runner asks.</summary>
    /// <exception cref="IOException">The answer could not be written.</exception>
    public void Advance()
    {
        if (_growing is { IsFaulted: true } failed)
        {
            throw new IOException("the memory of the training could not be granted", failed.Exception);
        }

        if (_growing is null or { IsCompleted: true } && _files.IsAsked && !_files.IsAnswered)
        {
            _growing = GrantAsync(_files.Wanted(), _over.Token);
        }
    }

    /// <summary>Gives everything back. A question that is being answered is given up first: what it would get must not outlive the training.</summary>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        if (_growing is { } growing)
        {
            await growing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _held.ForEach(static held => held.Dispose());
        EndPlanning();
        _over.Dispose();
    }

    // Runs alone: the next question comes when this one is answered, and the end waits for it.
    private async Task GrantAsync(long wanted, CancellationToken cancellationToken)
    {
        try
        {
            if (wanted > _state)
            {
                _held.Add(await scheduler.ReserveAsync($"{Id}, graph", "the training", Bytes(wanted - _state), Tell, cancellationToken).ConfigureAwait(false));
                _state = wanted;
            }
            else
            {
                _held.Add(scheduler.Hold(Id, Bytes(wanted)));
            }

            _files.Grant(wanted);
        }
        catch (EngineException exception)
        {
            _files.Refuse(exception.Message);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for it any more: the runner is told to end.
        }
        finally
        {
            EndPlanning();
        }
    }

    private void EndPlanning()
    {
        if (Interlocked.Exchange(ref _plans, false))
        {
            planning.Release();
        }
    }

    private void Tell(string reason)
    {
        if (reason.Length > 0)
        {
            context.Log("info", reason);
        }
    }

    private Reservation Bytes(long bytes) => new(_device, bytes, 0);

    /// <summary>Bytes of weights, gradients and moments. Less than it will be, always: what fits must not be refused before its runner has planned. The runner's own process is
    /// therefore left to the plan, which measures it: what it takes depends on the libraries that are there.</summary>
    private static long Estimate(ModelSummary model, TrainingSpec options)
    {
        var trained = options.Type is "full" or "scratch" ? (long)model.Parameters : (long)options.Rank * model.Layers * LinearLayers * WidthsOfALayer * model.Embedding;
        return (options.Type is "full" or "scratch" ? 0 : model.Size) + (trained * BytesOfATrainedParameter);
    }
}
