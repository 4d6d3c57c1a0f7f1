using System.Runtime.InteropServices;
using System.Text.Json;
using Ilab.Native.Llama.Threads;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Conversion;
using Ilab.Runner.Inference;
using Ilab.Runner.Processes;
using Ilab.Runner.Training;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Ilab.Runner.Hosting;

/// <summary>Lifecycle of a runner: lock, listen, announce, load, serve, exit in order.</summary>
internal static class RunnerProgram
{
    /// <summary>More than the service takes from its callers: a message that is too large ends the stream that all generations share.</summary>
    private const int MaxReceiveMessageSize = 96 << 20;

    public static async Task<int> MainAsync(string[] args)
    {
        if (args is ["check", ..])
        {
            return await CheckProgram.MainAsync(args);
        }

        if (args is ["devices", ..])
        {
            return await DevicesProgram.MainAsync(args);
        }

        if (args is ["plan", ..])
        {
            return await PlanProgram.MainAsync();
        }

        if (args is ["bench", ..])
        {
            return await BenchProgram.MainAsync(args);
        }

        if (args is [RunnerKinds.Quantize or RunnerKinds.Merge or RunnerKinds.Convert or RunnerKinds.Perplexity, "--bundle", var task])
        {
            return await TaskProgram.RunAsync(args[0], task);
        }

        if (args is not [RunnerKinds.Infer or RunnerKinds.Train, "--bundle", var directory])
        {
            await Console.Error.WriteLineAsync("usage: ilab-runner infer|train|quantize|merge|convert|perplexity --bundle DIR   (started by ilabd)");
            return ExitCodes.Usage;
        }

        CurrentProcess.LeaveSession();
        CurrentProcess.SetFileModeMask(CurrentProcess.OwnerOnly);
        var bundle = new Bundle(directory);
        using var held = await bundle.LockAsync();
        if (held is null || (args[0] == RunnerKinds.Train && bundle.ReadExit() is not null))
        {
            await Console.Error.WriteLineAsync($"{bundle.Directory} belongs to a running runner, or to one that has finished");
            return ExitCodes.AlreadyRunning;
        }

        using var log = new RunnerLogFile(bundle.LogPath);
        var exit = args[0] == RunnerKinds.Train ? await TrainingProgram.RunAsync(bundle, log) : await RunAsync(bundle, log);
        bundle.WriteExit(exit);
        return exit.Code;
    }

    private static async Task<RunnerExit> RunAsync(Bundle bundle, RunnerLogFile log)
    {
        RunnerSpec spec;
        try
        {
            spec = bundle.Require(BundleFiles.Spec, BundleJson.Default.RunnerSpec);
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            return Exit(ExitCodes.Usage, RunnerErrors.Internal, $"the bundle's spec cannot be read: {exception.Message}");
        }

        var status = new StatusBoard();
        var life = new RunnerLifetime();
        var socket = bundle.MakeSocketPath();
        await using var app = Build(socket, status, life);
        using var terminated = PosixSignalRegistration.Create(
            PosixSignal.SIGTERM,
            signal =>
            {
                signal.Cancel = true;
                life.RequestStop();
            }
        );
        using var interrupted = PosixSignalRegistration.Create(
            PosixSignal.SIGINT,
            signal =>
            {
                signal.Cancel = true;
                life.RequestStop();
            }
        );
        File.Delete(socket);
        await app.StartAsync();
        bundle.WriteReady(ReadyFiles.Of(socket, ["generate", "tokenize", "adapters"]));
        var exit = await ServeAsync(spec, status, life, log);
        await app.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(5)).Token);
        return exit;
    }

    private static async Task<RunnerExit> ServeAsync(RunnerSpec spec, StatusBoard status, RunnerLifetime life, RunnerLogFile log)
    {
        try
        {
            log.WriteLine($"loading {string.Join(", ", spec.Model.Files)} for {spec.Parallel} sequences of {spec.ContextLength} tokens");
            var loader = new ModelLoader(spec, new NativeLogLines(log.WriteLine));
            var loading = Task.Factory.StartNew(
                () =>
                    loader.Load(fraction =>
                    {
                        status.Loading(fraction);
                        return !life.StopRequested.IsCompleted;
                    }),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
            if (await Task.WhenAny(loading, life.StopRequested) != loading)
            {
                await AbandonAsync(loading);
                return Exit(0, "", "stopped while loading");
            }

            var loaded = await loading;
            using var host = new InferenceHost(loaded, spec);
            host.ActiveChanged = () => status.Active(() => host.Active, () => loaded.Accelerator.Products, static () => ComputeThreads.Current);
            host.Embeddings.ContextMade = () => status.Measured(ModelLoader.Measure(spec, loaded.Info.Weights));
            life.Host = host;
            status.Ready(loaded.Info);
            log.WriteLine($"ready: {loaded.Info.Description}, {loaded.Info.Memory / 1_000_000} MB");
            await life.StopRequested;
            status.Stopping();
            life.Host = null;
            return Exit(0, "", "stopped");
        }
        catch (RunnerException exception)
        {
            log.WriteLine($"{exception.Kind}: {exception.Message}");
            status.Failed(exception.Kind, exception.Message);
            await WaitForWatchersAsync(status);
            return Exit(ExitCodes.Failed, exception.Kind, exception.Message);
        }
        catch (Exception exception)
        {
            // Report any exception, so that whoever waits for the model does not just see "died".
            log.WriteLine(exception.ToString());
            status.Failed(RunnerErrors.Internal, exception.Message);
            await WaitForWatchersAsync(status);
            return Exit(ExitCodes.Failed, RunnerErrors.Internal, exception.Message);
        }
    }

    /// <summary>Waits for a cancelled load to finish: the process must not exit under running native code.</summary>
    private static async Task AbandonAsync(Task<LoadedModel> loading)
    {
        try
        {
            (await loading).Dispose();
        }
        catch (RunnerException)
        {
            // It has been notified and stopped.
        }
    }

    /// <summary>Gives watchers time to receive the reason, which is in exit.json as well.</summary>
    private static async Task WaitForWatchersAsync(StatusBoard status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        try
        {
            do
            {
                await timer.WaitForNextTickAsync(patience.Token);
            } while (status.HasWatchers);
        }
        catch (OperationCanceledException)
        {
            // There are no watchers, or one does not disconnect: the file has the same information.
        }
    }

    private static WebApplication Build(string socket, StatusBoard status, RunnerLifetime life)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(options => options.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2);
            options.Limits.MaxConcurrentConnections = null;
            options.Limits.Http2.MaxStreamsPerConnection = 1000;
        });
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = MaxReceiveMessageSize);
        builder.Services.AddSingleton(status).AddSingleton(life).AddSingleton<RunnerEndpoints>();
        var app = builder.Build();
        app.MapGrpcService<RunnerEndpoints>();
        return app;
    }

    private static RunnerExit Exit(int code, string kind, string message) =>
        new()
        {
            Code = code,
            ErrorKind = kind,
            Message = message,
            EndedAt = TimeProvider.System.GetUtcNow(),
        };
}
