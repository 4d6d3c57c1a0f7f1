using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Workloads.Execution;
using Ilab.Runner.Contract.Training;

namespace Ilab.Executors.Local;

/// <summary>
/// A workload's memory in the device ledger: initially the amount in the order; once its runner has planned and asks (<see cref="MemoryFiles"/>), the full
/// amount.
/// </summary>
/// <param name="planning">Held by one workload at a time until it has all of its memory, so that two never wait for each other.</param>
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

    /// <summary>Reserves the initial amount before the runner starts; memory already used by a live runner is recorded as is.</summary>
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

    /// <summary>Checks for a request of the runner.</summary>
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

    /// <summary>Releases everything. A pending request is abandoned first: its reservation must not outlive the work.</summary>
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

    // Runs alone: the next request comes after this one is answered, and disposal waits for it.
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
            // Nobody waits for it any more: the runner has been asked to stop.
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
