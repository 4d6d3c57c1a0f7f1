using System.Collections.Concurrent;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Tests.Serving.Runners;
using Ilab.Engine.Tests.Serving.Scheduling;
using Ilab.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ilab.Engine.Tests.Serving.Inference;

/// <summary>An inference engine over fake runners in a folder of its own. Can be replaced by a new one while the runners live on.</summary>
internal sealed class EngineFixture : IAsyncDisposable, IModelProvider, ISchedulerEvents
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    public const long GiB = 1L << 30;
    private readonly TemporaryFolder _folder = new();

    public EngineFixture()
    {
        Options = new EngineOptions
        {
            StoreDirectory = _folder.Path,
            RuntimeDirectory = _folder.Path,
            RunnerPath = "/none",
            MemoryLimit = 10 * GiB,
            Parallel = 1,
        };
        Engine = NewEngine();
    }

    public EngineOptions Options { get; set; }

    public ManualTime Time { get; } = new();

    public FakeLauncher Launcher { get; } = new();

    public InferenceEngine Engine { get; private set; }

    public DeviceLedger Ledger { get; private set; } = null!;

    public Scheduler Scheduler { get; private set; } = null!;

    /// <summary>Models by name, with the bytes of their weights. The last part of a name with slashes is whose weights they are.</summary>
    public Dictionary<string, long> Models { get; } =
        new()
        {
            ["small"] = 1 * GiB,
            ["tuned/small"] = 1 * GiB,
            ["large"] = 6 * GiB,
            ["other"] = 6 * GiB,
            ["huge"] = 60 * GiB,
        };

    /// <summary>Settings of models by name.</summary>
    public Dictionary<string, ModelSettings> Settings { get; } = [];

    /// <summary>What is held of the store, by name and owner.</summary>
    public ConcurrentDictionary<string, int> Holds { get; } = new();

    public ConcurrentQueue<string> Events { get; } = new();

    /// <summary>A new engine on the same folder, as after a restart or crash of the service.</summary>
    public async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        Engine = NewEngine();
        await Engine.StartAsync(CancellationToken.None);
    }

    public static GenerationRequest Request(string model, int tokens = 5, string id = "") =>
        new()
        {
            Model = ModelSelection.Stored(model),
            Prompt = "count",
            MaxTokens = tokens,
            GenerationId = id,
        };

    public async Task<List<GenerationEvent>> RunAsync(GenerationRequest request, CancellationToken cancellationToken = default) =>
        await CollectAsync(Engine.GenerateAsync(request, cancellationToken));

    /// <param name="queued">Completed when the request waits.</param>
    public static async Task<List<GenerationEvent>> CollectAsync(IAsyncEnumerable<GenerationEvent> events, TaskCompletionSource? queued = null)
    {
        var collected = new List<GenerationEvent>();
        await Task.Run(async () =>
            {
                await foreach (var e in events)
                {
                    collected.Add(e);
                    if (e is GenerationQueued)
                    {
                        queued?.TrySetResult();
                    }
                }
            })
            .WaitAsync(Patience);
        return collected;
    }

    public static string Text(IEnumerable<GenerationEvent> events) => string.Concat(events.OfType<GenerationDelta>().Select(d => d.Text));

    /// <summary>Waits until something is so.</summary>
    public static Task Until(Func<bool> holds) => Changes.Until(holds, Patience);

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        foreach (var runner in Launcher.Started.Where(r => !r.Exited.IsCompleted))
        {
            await runner.DieAsync(9);
        }

        _folder.Dispose();
    }

    Task<ServingModel> IModelProvider.OpenAsync(ModelSelection model, CancellationToken cancellationToken)
    {
        var name = model.Reference ?? Path.GetFileName(model.CheckpointPath!);
        if (!Models.TryGetValue(name, out var weights))
        {
            throw new EngineException(ErrorKind.NotFound, $"no model {name}");
        }

        return Task.FromResult(
            new ServingModel(new Counted(Holds, name))
            {
                Key = "sha256:" + name.Split('/')[^1],
                Digest = "sha256:" + name,
                Name = name + ":latest",
                Files = ["/models/" + name],
                Shape = new ModelShape { Weights = weights, TrainedContext = 512 },
                Settings = Settings.GetValueOrDefault(name),
            }
        );
    }

    IDisposable IModelProvider.Hold(string digest) => new Counted(Holds, digest["sha256:".Length..]);

    Task IModelProvider.TouchAsync(string digest, CancellationToken cancellationToken) => Task.CompletedTask;

    void ISchedulerEvents.Started(LoadedModel model) => Note("start " + model.Name);

    void ISchedulerEvents.Loaded(LoadedModel model) => Note("load " + model.Name);

    void ISchedulerEvents.Unloaded(LoadedModel model, string reason) => Note("unload " + model.Name);

    void ISchedulerEvents.Died(LoadedModel model, RunnerEnd end) => Note("die " + model.Name + " " + end.Describe());

    private void Note(string what)
    {
        Events.Enqueue(what);
        Changes.Tell();
    }

    private InferenceEngine NewEngine()
    {
        var bundles = new BundleStore(Options.RuntimeDirectory, Time);
        var supervisor = new RunnerSupervisor(bundles, Launcher, Options.OrphanGrace, Time, NullLogger<RunnerSupervisor>.Instance);
        Ledger = new DeviceLedger([new CpuMemoryProbe()], Options.MemoryLimit);
        Scheduler = new Scheduler(Options, Ledger, supervisor, this, Time, NullLogger<Scheduler>.Instance);
        Scheduler.Changed += Changes.Tell;
        return new InferenceEngine(this, Scheduler, supervisor, bundles, Options, NullLogger<InferenceEngine>.Instance);
    }

    private sealed class Counted : IDisposable
    {
        private readonly ConcurrentDictionary<string, int> _counts;
        private readonly string _name;

        public Counted(ConcurrentDictionary<string, int> counts, string name)
        {
            _counts = counts;
            _name = name;
            counts.AddOrUpdate(name, 1, (_, n) => n + 1);
        }

        public void Dispose()
        {
            _counts.AddOrUpdate(_name, 0, (_, n) => n - 1);
            Changes.Tell();
        }
    }
}
