using System.Runtime.InteropServices;
using Ilab.Api.V1;
using Ilab.Configuration.Service;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Daemon.Services;
using Ilab.Daemon.Services.Datasets;
using Ilab.Daemon.Services.Host;
using Ilab.Daemon.Services.Inference;
using Ilab.Daemon.Services.Jobs;
using Ilab.Daemon.Services.Models;
using Ilab.Daemon.Services.Runs;
using Ilab.Daemon.Services.Secrets;
using Ilab.Daemon.Services.Taxonomy;
using Ilab.Daemon.Services.Tokens;
using Ilab.Daemon.Services.Wizard;
using Ilab.Daemon.Telemetry;
using Ilab.Data.Datasets.Files;
using Ilab.Data.Synthesis.Documents;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Http;
using Ilab.Posix.Processes;
using RpcService = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Ilab.Daemon.Startup;

/// <summary>Entry point of the service: from the command line to shutdown.</summary>
internal static class DaemonProgram
{
    private const int Usage = 2;
    private const int Failure = 125;

    /// <summary>What health reports as serving.</summary>
    public static IReadOnlyList<RpcService> Services =>
        [
            ModelService.Descriptor,
            InferenceService.Descriptor,
            JobService.Descriptor,
            SystemService.Descriptor,
            TaxonomyService.Descriptor,
            RunConfigService.Descriptor,
            DataService.Descriptor,
            SecretService.Descriptor,
            TokenService.Descriptor,
            WizardService.Descriptor,
        ];

    public static async Task<int> MainAsync(string[] args)
    {
        if (args is [DocumentProgram.Verb or ParquetProgram.Verb, ..])
        {
            return await ReadAsync(args[0], args[1..]);
        }

        var result = new OptionsReader(Environment.GetEnvironmentVariable, BuildInfo.Version).Read(args);
        if (result.Print is { } text)
        {
            await Console.Out.WriteLineAsync(text);
            return 0;
        }

        if (result.Options is not { } options)
        {
            foreach (var problem in result.Problems)
            {
                await Console.Error.WriteLineAsync($"Error: {problem}");
            }

            return Usage;
        }

        foreach (var warning in result.Warnings)
        {
            await Console.Error.WriteLineAsync($"Warning: {warning}");
        }

        try
        {
            return await ServeAsync(options);
        }
        catch (Exception exception) when (exception is EngineException or IOException or UnauthorizedAccessException)
        {
            var hint = (exception as EngineException)?.Hint is { Length: > 0 } words ? $"; {words}" : "";
            await Console.Error.WriteLineAsync($"Error: {exception.Message.ReplaceLineEndings(" ")}{hint}");
            return Failure;
        }
    }

    /// <summary>Runs this program as a process that reads one file for the service; nothing of the service is started.</summary>
    private static async Task<int> ReadAsync(string verb, string[] arguments)
    {
        await using Stream input = Console.OpenStandardInput(),
            output = Console.OpenStandardOutput();
        return verb == DocumentProgram.Verb
            ? await DocumentProgram.RunAsync(arguments, input, output, Console.Error)
            : await ParquetProgram.RunAsync(arguments, input, output, Console.Error);
    }

    private static async Task<int> ServeAsync(ServiceOptions options)
    {
        NewFiles.CloseToOthers();
        CurrentProcess.ForbidCoreDumps();
        var listening = new Listening(options);
        listening.PrepareFolders();
        var repair = new FolderRepair(options.Paths.StoreDirectory, options.Paths.RuntimeDirectory);
        repair.Roots(); // the locks are in them
        using var rootLock = RootLock.TryTake(Path.Combine(options.Paths.RuntimeDirectory, "ilabd.lock"), out var holder);
        using var storeLock = rootLock is null ? null : RootLock.TryTake(Path.Combine(options.Paths.StoreDirectory, "ilabd.lock"), out holder);
        if (rootLock is null || storeLock is null)
        {
            await Console.Error.WriteLineAsync(
                $"Error: another ilabd (pid {holder}) is using {(rootLock is null ? options.Paths.RuntimeDirectory : options.Paths.StoreDirectory)}; use that one, or a different --root"
            );
            return Failure;
        }

        repair.Inside();
        await using var app = Build(options, listening);
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ilabd");
        var policy = app.Services.GetRequiredService<PolicyFile>(); // a policy that cannot be used is said before anything else begins
        using var reload = PosixSignalRegistration.Create(
            PosixSignal.SIGHUP,
            signal =>
            {
                signal.Cancel = true;
                policy.Reload();
            }
        );
        if (repair.Repaired is [var first, ..])
        {
            HostingLog.FoldersRepaired(logger, repair.Repaired.Count, first);
        }

        var (_, problem) = RunnerLocator.NativeLibraries(RunnerLocator.Find(options.RunnerPath), options.NativeDirectory);
        if (problem.Length > 0)
        {
            HostingLog.NativeProblem(logger, problem);
        }

        app.Lifetime.ApplicationStopping.Register(listening.Withdraw);
        try
        {
            await app.StartAsync();
            HostingLog.Listening(logger, BuildInfo.Version, options.Socket, options.Paths.StoreDirectory);
            listening.Tcp.Report(logger);
            app.Services.GetRequiredService<ServiceManager>().Ready($"listening on {options.Socket}");
            await app.WaitForShutdownAsync();
            return 0;
        }
        finally
        {
            listening.Withdraw(); // also if startup did not get that far
        }
    }

    private static WebApplication Build(ServiceOptions options, Listening listening)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        Logs.Configure(builder.Logging, options);
        builder.WebHost.ConfigureKestrel(listening.Configure);
        builder.WebHost.UseKestrelHttpsConfiguration().UseSockets(listening.Configure);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(15));
        builder.Services.AddIlabGrpc(static grpc => grpc.Interceptors.Add<CallInterceptor>());
        builder.Services.AddEngine(options).AddData().AddBatches().AddWizard().AddAccess().AddHttpApi(options).AddTelemetry(options);
        builder.Services.AddSingleton<Activity>().AddSingleton<ServiceManager>().AddSingleton<IdleWatch>().AddSingleton<CallInterceptor>();
        builder.Services.AddSingleton(listening.Tcp);
        builder
            .Services.AddSingleton<ModelStoreParts>()
            .AddSingleton<SystemParts>()
            .AddSingleton<PlannedRuns>()
            .AddSingleton<PlannedModels>()
            .AddSingleton<PlannedDatasets>();
        builder
            .Services.AddSingleton<ModelEndpoints>()
            .AddSingleton<InferenceEndpoints>()
            .AddSingleton<JobEndpoints>()
            .AddSingleton<SystemEndpoints>()
            .AddSingleton<TaxonomyEndpoints>()
            .AddSingleton<RunConfigEndpoints>()
            .AddSingleton<DataEndpoints>()
            .AddSingleton<SecretEndpoints>()
            .AddSingleton<TokenEndpoints>()
            .AddSingleton<WizardEndpoints>();
        builder.Services.AddHostedService<EngineHost>().AddHostedService<StarterModel>();
        var app = builder.Build();
        app.Use(HttpListening.Branch(app.Services.GetRequiredService<HttpApi>()));
        app.MapGrpcService<ModelEndpoints>();
        app.MapGrpcService<InferenceEndpoints>();
        app.MapGrpcService<JobEndpoints>();
        app.MapGrpcService<SystemEndpoints>();
        app.MapGrpcService<TaxonomyEndpoints>();
        app.MapGrpcService<RunConfigEndpoints>();
        app.MapGrpcService<DataEndpoints>();
        app.MapGrpcService<SecretEndpoints>();
        app.MapGrpcService<TokenEndpoints>();
        app.MapGrpcService<WizardEndpoints>();
        app.MapIlabGrpc([.. Services]);
        return app;
    }
}
