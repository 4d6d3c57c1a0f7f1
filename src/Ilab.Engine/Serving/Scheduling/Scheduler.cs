using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>Decides which models are loaded. A single loop owns the state; everything else posts to it.</summary>
public sealed partial class Scheduler : IRunnerObserver, IAsyncDisposable
{
    /// <summary>After waiting this long, a request gets priority for the next idle moment of the runners in its way.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly EngineOptions _options;
    private readonly DeviceLedger _ledger;
    private readonly RunnerSupervisor _supervisor;
    private readonly ISchedulerEvents _events;
    private readonly TimeProvider _time;
    private readonly ILogger<Scheduler> _log;
    private readonly SpecFactory _specs;
    private readonly CrashTracker _crashes;
    private readonly SerialLoop _loop;

    // State of the loop.
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly List<Waiter> _queue = [];
    private readonly HashSet<string> _pinned = new(StringComparer.Ordinal); // keys: a pinned model stays so when it is loaded again
    private long _sequence;
    private bool _stopped;
    private int _waiting;
    private volatile IReadOnlyList<LoadedModel> _loaded = [];

    /// <summary>Whether runners on the CPU are accelerated, and if not, why.</summary>
    public AcceleratorProbe Accelerator { get; }

    public Scheduler(
        EngineOptions options,
        DeviceLedger ledger,
        RunnerSupervisor supervisor,
        ISchedulerEvents events,
        TimeProvider time,
        ILogger<Scheduler> log
    )
    {
        _options = options;
        _ledger = ledger;
        _supervisor = supervisor;
        _events = events;
        _time = time;
        _log = log;
        Accelerator = new AcceleratorProbe(options);
        _specs = new SpecFactory(options, Accelerator);
        _crashes = new CrashTracker(time);
        _loop = new SerialLoop(Publish, log);
    }

    /// <summary>Requests that wait for a model to be placed.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Raised on the scheduler's loop after <see cref="Loaded"/> changed; handlers must not block.</summary>
    internal event Action? Changed;

    /// <summary>The models with a live runner, oldest first, with their current resident memory.</summary>
    public IReadOnlyList<LoadedModel> Loaded => [.. _loaded.Select(m => m with { Resident = m.ProcessId > 0 ? ProcessTable.Resident(m.ProcessId) : 0 })];

    /// <summary>Adopts a runner that an earlier service started. Its model is in <see cref="Loaded"/> on return.</summary>
    internal Task<Slot> AdoptAsync(Bundle bundle, RunnerSpec spec, IDisposable hold, CancellationToken cancellationToken) =>
        _loop.InvokeAsync(
            () =>
            {
                var slot = new Slot(_supervisor.Adopt(bundle, spec, this), spec.Model.Key, hold)
                {
                    KeepAlive = spec.KeepAliveMilliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : _options.KeepAlive,
                    LoadedAt = spec.CreatedAt,
                    LastUsed = ++_sequence,
                    IsPinned = spec.IsPinned,
                };
                if (spec.IsPinned)
                {
                    _pinned.Add(spec.Model.Key);
                }

                Enter(slot);
                Publish();
                return slot;
            },
            cancellationToken
        );

    /// <summary>Disconnects from the runners, which keep running.</summary>
    public async ValueTask DisposeAsync()
    {
        _loop.Post(() =>
        {
            _stopped = true;
            foreach (var waiter in _queue.Concat(_slots.Values.SelectMany(s => s.Waiters)))
            {
                waiter.Fail(Stopping());
            }

            _queue.Clear();
            foreach (var slot in _slots.Values)
            {
                slot.Waiters.Clear();
                slot.Expiry?.Dispose();
                slot.Gone.TrySetException(Stopping());
                // There may be no waiter for it.
                _ = slot.Gone.Task.Exception;
                slot.Hold.Dispose();
            }
        });
        await _loop.DisposeAsync().ConfigureAwait(false);
    }

    private static EngineException Stopping() => new(ErrorKind.Busy, "the service is stopping", "try again after it has restarted");

    private void Enter(Slot slot)
    {
        _slots[slot.Runner.Id] = slot;
        Reserve(slot);
    }

    private void Reserve(Slot slot)
    {
        var spec = slot.Runner.Spec;
        var mapped = spec.Device == DeviceMemory.Cpu ? Math.Min(spec.WeightBytes, spec.MemoryReserved) : 0;
        _ledger.Set(spec.Id, new Reservation(spec.Device, spec.MemoryReserved, mapped));
        if (spec.HostMemoryReserved > 0)
        {
            _ledger.Set(HostEntry(spec.Id), new Reservation(DeviceMemory.Cpu, spec.HostMemoryReserved, Math.Min(spec.WeightBytes, spec.HostMemoryReserved)));
        }
    }

    private void Unreserve(string runnerId)
    {
        _ledger.Remove(runnerId);
        _ledger.Remove(HostEntry(runnerId));
    }

    /// <summary>Ledger key of the host memory of a runner on a GPU.</summary>
    private static string HostEntry(string runnerId) => runnerId + " host";

    private void Publish()
    {
        Volatile.Write(ref _waiting, _queue.Count);
        _loaded = [.. _slots.Values.OrderBy(s => s.LoadedAt).ThenBy(s => s.Runner.Id, StringComparer.Ordinal).Select(s => s.Describe())];
        Changed?.Invoke();
    }

    private PlacementSnapshot Snapshot(IReadOnlyList<DeviceSnapshot> devices, Dictionary<string, long> claims) =>
        new(
            [.. devices.Where(d => d.Usable).Select(d => new PlacementDevice(d.Id, d.Budget, d.Reserved, d.UsedByOthers, claims.GetValueOrDefault(d.Id)))],
            [.. _slots.Values.Select(s => s.ForPolicy())]
        );
}
