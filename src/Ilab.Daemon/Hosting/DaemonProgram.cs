using Ilab.Api.V1;
using Ilab.Daemon.Options;
using Ilab.Daemon.Services;
using Ilab.Daemon.Services.Datasets;
using Ilab.Daemon.Services.Inference;
using Ilab.Daemon.Services.Jobs;
using Ilab.Daemon.Services.Models;
using Ilab.Daemon.Services.Host;
using Ilab.Daemon.Services.Taxonomy;
using Ilab.Data.Datasets.Files;
using Ilab.Data.Synthesis.Documents;
using Ilab.Engine.Errors;

namespace Ilab.Daemon.Hosting;

/// <summary>From the command line to a running service and its end.</summary>
internal static class DaemonProgram
{
    private const int Usage = 2;
    private const int Failure = 125;

    public static async Task<int> MainAsync(string[] args)
    {
        if (args is [DocumentProgram.Verb or ParquetProgram.Verb, ..])
        {
            return await ReadAsync(args[0], args[1..]);
        }

        var result = new OptionsReader(Environment.GetEnvironmentVariable).Read(args);
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

    /// <summary>This program as a process that reads one file for the service; nothing of the service is started.</summary>
    private static async Task<int> ReadAsync(string verb, string[] arguments)
    {
        await using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
        return verb == DocumentProgram.Verb
            ? await DocumentProgram.RunAsync(arguments, input, output, Console.Error)
            : await ParquetProgram.RunAsync(arguments, input, output, Console.Error);
    }

    private static async Task<int> ServeAsync(DaemonOptions options)
    {
        var listening = new Listening(options);
        listening.PrepareFolders();
        using var rootLock = RootLock.TryTake(Path.Combine(options.Paths.RuntimeDirectory, "ilabd.lock"), out var holder);
        using var storeLock = rootLock is null ? null : RootLock.TryTake(Path.Combine(options.Paths.StoreDirectory, "ilabd.lock"), out holder);
        if (rootLock is null || storeLock is null)
        {
            await Console.Error.WriteLineAsync($"Error: another ilabd (pid {holder}) serves {(rootLock is null ? options.Paths.RuntimeDirectory : options.Paths.StoreDirectory)}; use that one, or another --root");
            return Failure;
        }

        await using var app = Build(options, listening);
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ilabd");
        var (_, problem) = RunnerLocator.NativeLibraries(RunnerLocator.Find(options.RunnerPath), options.NativeDirectory);
        if (problem.Length > 0)
        {
            HostingLog.NativeProblem(logger, problem);
        }

        await app.StartAsync();
        listening.OpenToGroup();
        HostingLog.Listening(logger, BuildInfo.Version, options.Socket, options.Paths.StoreDirectory);
        app.Services.GetRequiredService<ServiceManager>().Ready($"listening on {options.Socket}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static WebApplication Build(DaemonOptions options, Listening listening)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        Logs.Configure(builder.Logging, options);
        builder.WebHost.ConfigureKestrel(listening.Configure);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(15));
        builder.Services.AddIlabGrpc(static grpc => grpc.Interceptors.Add<CallInterceptor>());
        builder.Services.AddEngine(options);
        builder.Services.AddSingleton<Activity>().AddSingleton<ServiceManager>().AddSingleton<IdleWatch>().AddSingleton<CallInterceptor>();
        builder.Services.AddSingleton<ModelStoreParts>().AddSingleton<SystemParts>();
        builder.Services.AddSingleton<ModelEndpoints>().AddSingleton<InferenceEndpoints>().AddSingleton<JobEndpoints>().AddSingleton<SystemEndpoints>().AddSingleton<TaxonomyEndpoints>().AddSingleton<DataEndpoints>();
        builder.Services.AddHostedService<EngineHost>().AddHostedService<StarterModel>();
        var app = builder.Build();
        app.MapGrpcService<ModelEndpoints>();
        app.MapGrpcService<InferenceEndpoints>();
        app.MapGrpcService<JobEndpoints>();
        app.MapGrpcService<SystemEndpoints>();
        app.MapGrpcService<TaxonomyEndpoints>();
        app.MapGrpcService<DataEndpoints>();
        app.MapIlabGrpc(
            ModelService.Descriptor,
            InferenceService.Descriptor,
            JobService.Descriptor,
            SystemService.Descriptor,
            TaxonomyService.Descriptor,
            DataService.Descriptor);
        return app;
    }
}
