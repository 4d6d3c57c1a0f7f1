using Ilab.Engine.Access;
using Ilab.Engine.Events;
using Ilab.Engine.Hosting;
using Ilab.Engine.Jobs;
using Ilab.Engine.Secrets;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ilab.Engine.Tests.Jobs;

/// <summary>A handler that does what the test tells it.</summary>
internal sealed class ScriptedHandler : IJobHandler
{
    public Func<JobContext, CancellationToken, Task<string>> Script { get; set; } = static (_, _) => Task.FromResult("done");

    /// <summary>What clearing away does, beside being noted.</summary>
    public Action<JobContext> Clearing { get; set; } = static _ => { };

    public Action<string> Check { get; set; } = static _ => { };

    public List<string> Discarded { get; } = [];

    public string Kind => "scripted";

    public void Validate(string request) => Check(request);

    public Task<string> RunAsync(JobContext context, CancellationToken cancellationToken) => Script(context, cancellationToken);

    public Task DiscardAsync(JobContext context, CancellationToken cancellationToken)
    {
        Discarded.Add(context.Job.Id);
        Clearing(context);
        return Task.CompletedTask;
    }
}

/// <summary>Jobs on a private store; <see cref="RestartAsync"/> is what a new service is.</summary>
internal sealed class JobFixture : IAsyncDisposable
{
    private readonly EngineOptions _options;
    private Database _database;
    private EventBus _events;
    private bool _isStopped;

    public JobFixture()
    {
        _options = new EngineOptions
        {
            StoreDirectory = Folder,
            RuntimeDirectory = Folder,
            RunnerPath = "",
        };
        (_database, _events) = (new Database(_options), new EventBus(_options, TimeProvider.System));
        Jobs = NewManager();
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("ilab-jobs-").FullName;

    public ScriptedHandler Handler { get; } = new();

    public JobManager Jobs { get; private set; }

    public SecretStore Secrets => new(_options);

    public Database Database => _database;

    public ContentStore Content => new(_options);

    public Task<JobRecord> CreateAsync(string requestId = "", string request = "{}") =>
        Jobs.CreateAsync(new NewJob("scripted", "a title", request, requestId, Caller.Service, new Dictionary<string, string>()), CancellationToken.None);

    public async Task StopAsync()
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        await Jobs.DisposeAsync();
        _events.Dispose();
        _database.Dispose();
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        (_database, _events) = (new Database(_options), new EventBus(_options, TimeProvider.System));
        Jobs = NewManager();
        _isStopped = false;
        await Jobs.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private JobManager NewManager() =>
        new(new ContentStore(_options), _database, Secrets, _events, [Handler], TimeProvider.System, NullLogger<JobManager>.Instance);
}
