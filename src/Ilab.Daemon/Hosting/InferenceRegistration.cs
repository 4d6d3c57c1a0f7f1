using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;

namespace Ilab.Daemon.Hosting;

/// <summary>Registers the inference services. Requires <see cref="EngineOptions"/>, <see cref="TimeProvider"/> and the model catalog.</summary>
public static class InferenceRegistration
{
    public static IServiceCollection AddInference(this IServiceCollection services)
    {
        services.AddSingleton(s => new BundleStore(s.GetRequiredService<EngineOptions>().RuntimeDirectory, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IRunnerLauncher>(s => new RunnerLauncher(s.GetRequiredService<EngineOptions>().RunnerPath));
        services.AddSingleton<CudaSupport>();
        services.AddSingleton(Ledger);
        services.AddSingleton(s => new RunnerSupervisor(
            s.GetRequiredService<BundleStore>(),
            s.GetRequiredService<IRunnerLauncher>(),
            s.GetRequiredService<EngineOptions>().OrphanGrace,
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<RunnerSupervisor>>()
        ));
        services.AddSingleton<IModelProvider, CatalogModels>();
        services.AddSingleton<ISchedulerEvents, SchedulerEvents>();
        services.AddSingleton<Scheduler>().AddSingleton(static provider => provider.GetRequiredService<Scheduler>().Accelerator);
        services.AddSingleton<InferenceEngine>();
        services.AddHostedService<InferenceHosting>();
        return services;
    }

    private static DeviceLedger Ledger(IServiceProvider services) =>
        new([new NvmlProbe(services.GetRequiredService<CudaSupport>()), new CpuMemoryProbe()], services.GetRequiredService<EngineOptions>().MemoryLimit);

    /// <summary>
    /// Adopts live runners before the first request. Disconnects from them when the service is asked to stop: open requests end with a clear status and do not
    /// delay the shutdown.
    /// </summary>
    private sealed class InferenceHosting(
        InferenceEngine engine,
        CudaSupport cuda,
        DeviceLedger ledger,
        ILogger<DeviceLedger> log,
        IHostApplicationLifetime lifetime
    ) : IHostedService
    {
        private Task _ended = Task.CompletedTask;

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            // Usable GPUs must be known before the first model is placed.
            await cuda.AskRunnerAsync(cancellationToken);
            foreach (var gpu in ledger.Snapshot().Where(static device => device.IsGpu))
            {
                if (gpu.Usable)
                {
                    HostingLog.GpuUsed(log, gpu.Id, gpu.Name, gpu.Driver);
                }
                else
                {
                    HostingLog.GpuNotUsed(log, gpu.Id, gpu.Name, gpu.Problem);
                }
            }

            lifetime.ApplicationStopping.Register(() => _ended = engine.DisposeAsync().AsTask());
            await engine.StartAsync(cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => _ended.WaitAsync(cancellationToken);
    }
}
