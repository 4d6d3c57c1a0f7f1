using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;

namespace Ilab.Daemon.Hosting;

/// <summary>What serving models consists of. Needs <see cref="EngineOptions"/>, <see cref="TimeProvider"/> and the model catalog.</summary>
public static class InferenceRegistration
{
    public static IServiceCollection AddInference(this IServiceCollection services)
    {
        services.AddSingleton(s => new BundleStore(s.GetRequiredService<EngineOptions>().RuntimeDirectory, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IRunnerLauncher>(s => new RunnerLauncher(s.GetRequiredService<EngineOptions>().RunnerPath));
        services.AddSingleton(Ledger);
        services.AddSingleton(s => new RunnerSupervisor(
            s.GetRequiredService<BundleStore>(),
            s.GetRequiredService<IRunnerLauncher>(),
            s.GetRequiredService<EngineOptions>().OrphanGrace,
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<RunnerSupervisor>>()));
        services.AddSingleton<IModelProvider, CatalogModels>();
        services.AddSingleton<ISchedulerEvents, SchedulerEvents>();
        services.AddSingleton<Scheduler>().AddSingleton(static provider => provider.GetRequiredService<Scheduler>().Accelerator);
        services.AddSingleton<InferenceEngine>();
        services.AddHostedService<InferenceHosting>();
        return services;
    }

    private static DeviceLedger Ledger(IServiceProvider services)
    {
        var options = services.GetRequiredService<EngineOptions>();
        // Without the backend's library a GPU is shown but not used.
        var folder = options.NativeDirectory ?? Path.Combine(Path.GetDirectoryName(options.RunnerPath) ?? "", "native");
        var gpu = Directory.Exists(folder) && Directory.EnumerateFiles(folder, "libggml-cuda*").Any();
        return new DeviceLedger([new NvmlProbe(gpu), new CpuMemoryProbe()], options.MemoryLimit);
    }

    /// <summary>Adopts living runners before the first request. Lets go of them as soon as the service is told to stop: open answers end with a
    /// clear status, and do not hold up the end.</summary>
    private sealed class InferenceHosting(InferenceEngine engine, IHostApplicationLifetime lifetime) : IHostedService
    {
        private Task _ended = Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.ApplicationStopping.Register(() => _ended = engine.DisposeAsync().AsTask());
            return engine.StartAsync(cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => _ended.WaitAsync(cancellationToken);
    }
}
