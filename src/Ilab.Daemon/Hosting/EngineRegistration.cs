using Ilab.Configuration.Service;
using Ilab.Engine.Events;
using Ilab.Engine.Hosting;
using Ilab.Engine.Jobs;
using Ilab.Engine.Planning;
using Ilab.Engine.Secrets;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Ilab.Engine.Tokens;
using Ilab.Engine.Workloads.Conversion;
using Ilab.Engine.Workloads.Execution;
using Ilab.Engine.Workloads.Modelfiles;
using Ilab.Engine.Workloads.Training;
using Ilab.Executors.Local;
using Ilab.Sources;
using Ilab.Sources.Http;
using Ilab.Sources.HuggingFace;

namespace Ilab.Daemon.Hosting;

/// <summary>Registers the engine's services.</summary>
internal static class EngineRegistration
{
    public static IServiceCollection AddEngine(this IServiceCollection services, ServiceOptions options)
    {
        var runner = RunnerLocator.Find(options.RunnerPath);
        var engine = new EngineOptions
        {
            StoreDirectory = options.Paths.StoreDirectory,
            RuntimeDirectory = options.Paths.RuntimeDirectory,
            RunnerPath = runner,
            NativeDirectory = options.NativeDirectory,
            KeepAlive = options.KeepAlive,
            MemoryLimit = options.MemoryLimit,
            Threads = options.Threads,
            Parallel = options.Parallel,
            Queue = options.Queue,
            Speculation = options.Speculation,
            PromptCache = options.PromptCache,
            ContextLength = options.ContextLength,
            Device = options.Device,
            Accelerator = Enum.Parse<AcceleratorMode>(options.Accelerator.ToString()),
            ExactEmbeddings = options.ExactEmbeddings,
            AcceleratorMemory = options.AcceleratorMemory,
            OneDnnDirectory = options.OneDnnDirectory,
        };
        services.AddSingleton(options).AddSingleton(engine).AddSingleton(TimeProvider.System);
        services
            .AddSingleton<SecretStore>()
            .AddSingleton<TokenStore>()
            .AddSingleton<ContentStore>()
            .AddSingleton<Database>()
            .AddSingleton<LeaseTable>()
            .AddSingleton<LinkTable>()
            .AddSingleton<PromptFolder>();
        services.AddSingleton(ModelCatalog.Owner).AddSingleton(JobManager.Owner).AddSingleton<BlobCollector>();
        services.AddSingleton<ModelCatalog>().AddSingleton<ModelImporter>().AddSingleton<EventBus>();
        AddSources(services);
        return services.AddInference();
    }

    private static void AddSources(IServiceCollection services)
    {
        services.AddSingleton(static _ => new SourceHttp("ilab/" + BuildInfo.Version)).AddSingleton<Retries>();
        services.AddSingleton<IModelSource>(static provider => new HuggingFaceSource(
            provider.GetRequiredService<SourceHttp>(),
            provider.GetRequiredService<Retries>(),
            Environment.GetEnvironmentVariable
        ));
        services.AddSingleton<IModelSource, HttpSource>().AddSingleton<SourceList>().AddSingleton<Downloader>();
        services.AddSingleton<IJobHandler, DownloadHandler>().AddSingleton<JobManager>();
        services.AddSingleton<ICallerFiles, CallerFiles>();
        services
            .AddSingleton<ILocalDevices, SchedulerDevices>()
            .AddSingleton<LocalExecutor>()
            .AddSingleton<IExecutor>(static provider => provider.GetRequiredService<LocalExecutor>())
            .AddSingleton<WorkRunner>();
        services.AddSingleton<IJobHandler, ConvertHandler>().AddSingleton<IJobHandler, QuantizeHandler>();
        services.AddSingleton<ModelfileSources>().AddSingleton<ModelfileImporter>();
        services.AddSingleton<TrainingStore>().AddSingleton<IJobHandler, TrainHandler>().AddSingleton<RunPlanner>();
    }
}
