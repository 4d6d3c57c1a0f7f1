using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Serving.Scheduling;

/// <summary>The scheduler's state of a runner. Accessed only by the scheduler's loop.</summary>
internal sealed class Slot(RunnerHandle runner, string key, IDisposable hold)
{
    public RunnerHandle Runner { get; } = runner;

    public string Key { get; } = key;

    /// <summary>Lease on the model's files.</summary>
    public IDisposable Hold { get; } = hold;

    public SlotState State { get; set; } = SlotState.Starting;

    /// <summary>Whether it was ready before: a runner that could not be reached while it loaded is ready for the first time later.</summary>
    public bool WasReady { get; set; }

    public float Fraction { get; set; }

    /// <summary>Number of leases.</summary>
    public int Leases { get; set; }

    /// <summary>Running generations reported by the runner: more than the leases if an earlier service started some.</summary>
    public int Reported { get; set; }

    /// <summary>Names of other models requested besides the one it was started for.</summary>
    public SortedSet<string> Others { get; } = new(StringComparer.Ordinal);

    /// <summary>Requests that get a lease when it is ready.</summary>
    public List<Waiter> Waiters { get; } = [];

    /// <summary>What the runner measured after loading.</summary>
    public RunnerModel? Model { get; set; }

    public long AcceleratedProducts { get; set; }

    public RunnerThreads Threads { get; set; } = new(0, 0, "");

    public TimeSpan KeepAlive { get; set; }

    /// <summary>Whether it stays loaded until it is stopped.</summary>
    public bool IsPinned { get; set; }

    public DateTimeOffset LoadedAt { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public ITimer? Expiry { get; set; }

    public long LastUsed { get; set; }

    public long? HeldFor { get; set; }

    /// <summary>It stops when idle and accepts no new requests.</summary>
    public bool Draining { get; set; }

    /// <summary>Why it has been asked to stop.</summary>
    public string? StopReason { get; set; }

    /// <summary>Why it failed to load, as reported before it ended.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The subject for counting crashes.</summary>
    public string CrashSubject { get; } = FormattableString.Invariant($"{key}|{runner.Spec.ContextLength}|{runner.Spec.Device}");

    public TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Reports lag behind leases; only an adopted runner can have generations without a lease.
    public int Active => Runner.Process is null ? Math.Max(Leases, Reported) : Leases;

    public bool Stopping => Draining || StopReason is not null;

    public PlacementRunner ForPolicy() =>
        new()
        {
            Id = Runner.Id,
            Key = Key,
            Device = Runner.Spec.Device,
            Memory = Runner.Spec.MemoryReserved,
            HostMemory = Runner.Spec.HostMemoryReserved,
            GpuLayers = Runner.Spec.GpuLayers,
            ContextLength = Runner.Spec.ContextLength,
            Draft = Runner.Spec.Draft?.Key ?? "",
            State = Stopping
                ? PlacementState.Stopping
                : State switch
                {
                    SlotState.Ready => PlacementState.Ready,
                    SlotState.Unreachable => PlacementState.Unreachable,
                    _ => PlacementState.Loading,
                },
            Active = Active + Waiters.Count,
            LastUsed = LastUsed,
            HeldFor = HeldFor,
            IsPinned = IsPinned,
        };

    public LoadedModel Describe() =>
        new()
        {
            RunnerId = Runner.Id,
            Name = Runner.Spec.Model.Name,
            Digest = Runner.Spec.Model.Digest,
            Key = Key,
            Others = [.. Others],
            Owner = Runner.Spec.Owner,
            Memory = Runner.Spec.MemoryReserved,
            HostMemory = Runner.Spec.HostMemoryReserved,
            Device = Runner.Spec.Device,
            GpuLayers = Math.Min(Runner.Spec.GpuLayers, Runner.Spec.Layers),
            Layers = Runner.Spec.Layers,
            DeviceWarning = Runner.Spec.DeviceWarning,
            ContextLength = Runner.Spec.ContextLength,
            Draft = Runner.Spec.Draft?.Name ?? "",
            Active = Active,
            LoadedAt = LoadedAt,
            ExpiresAt = ExpiresAt,
            IsPinned = IsPinned,
            ProcessId = Runner.ProcessId,
            Parallel = Runner.Spec.Parallel,
            Accelerator = Model?.Accelerator ?? "",
            AcceleratorNote = Model?.AcceleratorNote ?? "",
            AcceleratedProducts = AcceleratedProducts,
            Threads = Threads,
            State = Stopping
                ? "stopping"
                : State switch
                {
                    SlotState.Starting => "starting",
                    SlotState.Loading => "loading",
                    SlotState.Ready => "ready",
                    _ => "unreachable",
                },
        };
}

internal enum SlotState
{
    /// <summary>The process is starting.</summary>
    Starting,

    /// <summary>It is loading the weights.</summary>
    Loading,
    Ready,
    Unreachable,
}
