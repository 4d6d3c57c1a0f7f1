using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Executors.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ilab.Executors.Tests.Fakes;

/// <summary>The real scheduler and its ledger, on a machine with so much memory and no models.</summary>
internal sealed class LimitedMachine : IAsyncDisposable
{
    private readonly RunnerLauncher _launcher = new("/none");
    private readonly Scheduler _scheduler;
    private readonly DeviceLedger _ledger;

    public LimitedMachine(string folder, long bytes)
    {
        var options = new EngineOptions
        {
            StoreDirectory = folder,
            RuntimeDirectory = folder,
            RunnerPath = "/none",
            MemoryLimit = bytes,
        };
        var supervisor = new RunnerSupervisor(
            new BundleStore(folder, TimeProvider.System),
            _launcher,
            options.OrphanGrace,
            TimeProvider.System,
            NullLogger<RunnerSupervisor>.Instance
        );
        _ledger = new DeviceLedger([new CpuMemoryProbe()], bytes);
        _scheduler = new Scheduler(options, _ledger, supervisor, new NullSchedulerEvents(), TimeProvider.System, NullLogger<Scheduler>.Instance);
        Devices = new SchedulerDevices(_scheduler);
    }

    public ILocalDevices Devices { get; }

    /// <summary>Bytes that somebody has.</summary>
    public long Reserved => _ledger.Snapshot().Single().Reserved;

    public async ValueTask DisposeAsync()
    {
        await _scheduler.DisposeAsync();
        _launcher.Dispose();
    }
}
