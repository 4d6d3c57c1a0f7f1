using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Workloads.Execution;
using Ilab.Runner.Contract.Training;

namespace Ilab.Executors.Local;

/// <summary>
/// Memory of work in the ledger of devices: first what the order says; then, when its runner has planned and asks (<see cref="MemoryFiles"/>), all of it.
/// </summary>
/// <param name="planning">Held by one work at a time until it has all that it needs, so that two never wait for each other.</param>
internal sealed class LocalMemory(ILocalDevices devices, WorkFolder folder, WorkMemory wanted, SemaphoreSlim planning, Action<string> tell) : IAsyncDisposable
{
    private const string Name = "the training";
    private readonly string _id = DeviceLedger.JobOwner(WorkIds.Split(folder.Id).Job);
    private readonly MemoryFiles _files = new(folder.Output);
    private readonly List<IDisposable> _held = [];
    private readonly CancellationTokenSource _over = new();
    private long _granted = wanted.Bytes;
    private Task? _growing;
    private bool _plans;

    /// <summary>Takes what is known before the runner starts; what a living runner has already is entered as it is.</summary>
    public async Task BeginAsync(bool isRunning, CancellationToken cancellationToken)
    {
        if (isRunning)
        {
            _held.Add(devices.Hold(_id, Bytes(Math.Max(_granted, _files.IsAnswered ? _files.Wanted() : 0))));
            return;
        }

        await planning.WaitAsync(cancellationToken).ConfigureAwait(false);
        _plans = true;
        _files.Clear();
        _held.Add(await devices.ReserveAsync(_id, Name, Bytes(_granted), Tell, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Looks whether the runner asks.</summary>
    /// <exception cref="IOException">The answer could not be written.</exception>
    public void Advance()
    {
        if (_growing is { IsFaulted: true } failed)
        {
            throw new IOException("cannot reserve memory for the training", failed.Exception);
        }

        if (_growing is null or { IsCompleted: true } && _files.IsAsked && !_files.IsAnswered)
        {
            _growing = GrantAsync(_files.Wanted(), _over.Token);
        }
    }

    /// <summary>Gives everything back. A question that is being answered is given up first: what it would get must not outlive the work.</summary>
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
    private async Task GrantAsync(long bytes, CancellationToken cancellationToken)
    {
        try
        {
            if (bytes > _granted)
            {
                _held.Add(await devices.ReserveAsync($"{_id}, graph", Name, Bytes(bytes - _granted), Tell, cancellationToken).ConfigureAwait(false));
                _granted = bytes;
            }
            else
            {
                _held.Add(devices.Hold(_id, Bytes(bytes)));
            }

            _files.Grant(bytes);
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
            tell(reason);
        }
    }

    private Reservation Bytes(long bytes) => new(wanted.Device, bytes, 0);
}
