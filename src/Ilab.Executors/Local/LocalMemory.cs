using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Workloads.Execution;
using Ilab.Runner.Contract.Training;

namespace Ilab.Executors.Local;

/// <summary>
/// Memory of one runner in the device ledger: first what the order asks for; then, when the runner has planned and asks (<see cref="MemoryFiles"/>),
/// all that it needs. It lasts as long as the runner: one that is started again has nothing and asks anew.
/// </summary>
/// <param name="planning">Held by one workload at a time until it has all of its memory, so that two never wait for each other.</param>
internal sealed class LocalMemory(ILocalDevices devices, WorkFolder folder, WorkMemory wanted, SemaphoreSlim planning, Action<string> tell) : IAsyncDisposable
{
    private const string Name = "the training";
    private readonly string _id = OwnerOf(folder.Id);
    private readonly MemoryFiles _files = new(folder.Output);
    private readonly List<IDisposable> _held = [];
    private readonly CancellationTokenSource _over = new();
    private long _granted = wanted.Bytes;
    private Task? _growing;
    private bool _plans;

    /// <summary>
    /// Records what a living runner uses, without waiting: the memory is taken, whatever the ledger says. A runner that still waits for its answer
    /// takes its turn at planning before work that has not begun.
    /// </summary>
    /// <returns>False when no runner is alive.</returns>
    public bool TryAdopt()
    {
        if (!folder.Bundle.IsLockHeld)
        {
            return false;
        }

        var isAnswered = _files.IsAnswered;
        _granted = isAnswered && _files.Wanted() is > 0 and var answered ? answered : wanted.Bytes;
        _held.Add(devices.Hold(_id, Bytes(_granted)));
        if (isAnswered)
        {
            EndPlanning();
        }
        else
        {
            _plans = _plans || planning.Wait(0);
        }

        return true;
    }

    /// <summary>Takes what is known before the runner starts, unless one has been adopted.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (_held.Count > 0)
        {
            return;
        }

        await planning.WaitAsync(cancellationToken).ConfigureAwait(false);
        _plans = true;

        // A runner that an earlier service had just started may be alive by now: its question must not be cleared away.
        if (!TryAdopt())
        {
            _files.Clear();
            _held.Add(await devices.ReserveAsync(_id, Name, Bytes(_granted), Tell, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>Checks whether the runner asks for memory.</summary>
    public void Advance()
    {
        if (_growing is null or { IsCompleted: true } && _files.IsAsked && !_files.IsAnswered)
        {
            _growing = GrantAsync(_files.Wanted(), _over.Token);
        }
    }

    /// <summary>Releases everything. A question that is being answered is abandoned first: what it would get must not outlive the work.</summary>
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

    /// <summary>Two steps of one job are two owners: neither replaces the memory of the other.</summary>
    private static string OwnerOf(string work)
    {
        var (job, step) = WorkIds.Split(work);
        return $"{DeviceLedger.JobOwner(job)}, {step}";
    }

    // Runs alone: the next question comes when this one is answered, and the end waits for it.
    private async Task GrantAsync(long bytes, CancellationToken cancellationToken)
    {
        try
        {
            await TakeAsync(bytes, cancellationToken).ConfigureAwait(false);
            _files.Grant(bytes);
            EndPlanning();
        }
        catch (EngineException exception)
        {
            _files.Refuse(exception.Message);
            EndPlanning();
        }
        catch (IOException)
        {
            // The disk is full: the question stands, and is answered at the next look.
        }
        catch (OperationCanceledException)
        {
            // The runner is told to end.
        }
    }

    private async Task TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        if (bytes > _granted)
        {
            // An entry of its own: one of the same name would replace what is held already.
            var part = $"{_id}, {_held.Count}";
            _held.Add(await devices.ReserveAsync(part, Name, Bytes(bytes - _granted), Tell, cancellationToken, _granted).ConfigureAwait(false));
        }
        else if (bytes < _granted && _held.Count == 1)
        {
            _held.Add(devices.Hold(_id, Bytes(bytes)));
        }
        else
        {
            return;
        }

        _granted = bytes;
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
