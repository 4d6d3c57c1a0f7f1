using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Tests.Serving.Scheduling;
using Ilab.Posix.Processes;
using Ilab.Testing;
using Ilab.Testing.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ilab.Engine.Tests.Serving.Inference;

/// <summary>An inference engine over the real <c>ilab-runner</c>, with a random model it writes itself.</summary>
internal sealed class RealRunner : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _queue;
    private RunnerLauncher? _launcher;

    /// <param name="queue">Requests that may wait.</param>
    public RealRunner(int queue = 256)
    {
        _queue = queue;
        // A path with a space, as people have them.
        Directory.CreateDirectory(Path.Combine(_folder.Path, "a b"));
        Model = Path.Combine(_folder.Path, "a b", "tiny.gguf");
        RandomLlama.Write(Model, LlamaShape.Smallest, "tiny");
        Engine = NewEngine();
    }

    /// <summary>The runner built from this checkout; null when it has not been built.</summary>
    public static string? Program
    {
        get
        {
            var path = Path.GetFullPath(
                Path.Combine(AppContext.BaseDirectory, "../../Ilab.Runner", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "ilab-runner")
            );
            return File.Exists(path) && Directory.Exists(Path.Combine(Path.GetDirectoryName(path)!, "native")) ? path : null;
        }
    }

    public string Model { get; }

    public InferenceEngine Engine { get; private set; }

    public async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        _launcher?.Dispose();
        Engine = NewEngine();
        await Engine.StartAsync(CancellationToken.None);
    }

    public GenerationRequest Request(int tokens, string id = "") =>
        new()
        {
            Model = ModelSelection.Checkpoint(Model),
            Prompt = "hello",
            MaxTokens = tokens,
            Sampling = new SamplingOptions { Temperature = 0 },
            GenerationId = id,
        };

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(EngineFixture.Patience);
        await Engine.UnloadAsync("", all: true, force: true, limit.Token);
        await Engine.DisposeAsync();
        _launcher?.Dispose();
        _folder.Dispose();
    }

    public static void Kill(LoadedModel model, int signal) => ProcessTable.Kill(model.ProcessId, signal);

    private InferenceEngine NewEngine()
    {
        var time = TimeProvider.System;
        var options = new EngineOptions
        {
            StoreDirectory = _folder.Path,
            RuntimeDirectory = Path.Combine(_folder.Path, "a b"),
            RunnerPath = Program!,
            Threads = 1,
            Parallel = 2,
            Queue = _queue,
        };
        var bundles = new BundleStore(options.RuntimeDirectory, time);
        _launcher = new RunnerLauncher(options.RunnerPath);
        var supervisor = new RunnerSupervisor(bundles, _launcher, options.OrphanGrace, time, NullLogger<RunnerSupervisor>.Instance);
        var ledger = new DeviceLedger([new CpuMemoryProbe()], 0);
        var scheduler = new Scheduler(options, ledger, supervisor, new NullSchedulerEvents(), time, NullLogger<Scheduler>.Instance);
        scheduler.Changed += Changes.Tell;
        // Only files outside the store are run here.
        var models = new CatalogModels(null!, new LeaseTable());
        return new InferenceEngine(models, scheduler, supervisor, bundles, options, NullLogger<InferenceEngine>.Instance);
    }
}
