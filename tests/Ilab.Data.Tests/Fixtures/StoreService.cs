using Ilab.Data.Datasets;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Testing.Stores;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ilab.Data.Tests.Fixtures;

/// <summary>Everything that a service opens of a store, and a kind of job that needs nothing else.</summary>
internal sealed class StoreService : IAsyncDisposable
{
    private readonly StoreFixture _store;
    private readonly EventBus _events;

    private StoreService(string folder)
    {
        _store = new StoreFixture(folder, DatasetCatalog.Owner);
        try
        {
            _events = new EventBus(_store.Options, TimeProvider.System);
            Datasets = new DatasetCatalog(_store.Content, _store.Database, _store.Leases, _store.Collector, TimeProvider.System);
            Importer = new DatasetImporter(Datasets, _events);
            Jobs = new JobManager(
                _store.Content,
                _store.Database,
                _store.Secrets,
                _events,
                [new NoteHandler()],
                TimeProvider.System,
                NullLogger<JobManager>.Instance
            );
        }
        catch
        {
            _store.Dispose();
            throw;
        }
    }

    public StoreFixture Store => _store;

    public DatasetCatalog Datasets { get; }

    public DatasetImporter Importer { get; }

    public JobManager Jobs { get; }

    /// <summary>Opens the store and goes on with its jobs, as a service does.</summary>
    public static async Task<StoreService> OpenAsync(string folder)
    {
        var service = new StoreService(folder);
        try
        {
            await service.Jobs.StartAsync(CancellationToken.None);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Jobs.DisposeAsync();
        _events.Dispose();
        _store.Dispose();
    }

    /// <summary>Writes some lines and says what it was asked to say; a request that begins with '!' fails.</summary>
    private sealed class NoteHandler : IJobHandler
    {
        public string Kind => "scripted";

        public Task<string> RunAsync(JobContext context, CancellationToken cancellationToken)
        {
            foreach (var line in Enumerable.Range(0, 5))
            {
                context.Log("info", $"line {line} of {context.Job.Title}");
            }

            return context.Job.Request.StartsWith('!') ? throw new IOException(context.Job.Request) : Task.FromResult("made " + context.Job.Request);
        }

        public Task DiscardAsync(JobContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
