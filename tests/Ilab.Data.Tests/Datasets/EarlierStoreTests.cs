using System.Formats.Tar;
using System.IO.Compression;
using Dapper;
using Ilab.Data.Tests.Fixtures;
using Ilab.Engine.Jobs;
using Ilab.Testing;

namespace Ilab.Data.Tests.Datasets;

/// <summary>
/// A store that commit 971a393 wrote, with its own SQLite binding and its own catalogs, and whose process was killed: nearly all of the database is still
/// in the write-ahead log. It opens with everything that it had.
/// </summary>
public sealed class EarlierStoreTests : IDisposable
{
    private const string Model = "sha256:09be9ffd1359efbd60eff156a32cd79ff0ed3e87650e3e9b8b707c134e03db04";
    private const string Dataset = "sha256:3b145b1ca3919c2f528b22cc22383d203ccb519c72088049ec1769e2ba7e5ec1";
    private const string Finished = "f72c6826a34d4c469caf3210f2ba1911";
    private const string Queued = "4b260efada3d48048e7d837b9d910e3b";
    private const string Running = "c26e30b8d9dd486594db8de20bf88b24";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public EarlierStoreTests()
    {
        using var file = File.OpenRead(Path.Combine(TestPaths.Repository, "tests", "Ilab.Data.Tests", "Golden", "store-971a393.tar.gz"));
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(unzipped, _folder.Path, overwriteFiles: true);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ModelsAndDatasetsHaveTheirNamesLabelsAndBytes()
    {
        await using var service = await StoreService.OpenAsync(_folder.Path);
        var models = await service.Store.Catalog.ListAsync(CancellationToken.None);
        Assert.Equal(["small:latest", "team/small:v1"], models.Select(static model => model.Name).Order(StringComparer.Ordinal));
        Assert.All(models, static model => Assert.Equal((Model, "llama", "by-971a393"), (model.Digest.ToString(), model.Architecture, model.Labels["made"])));
        using (var model = await service.Store.Catalog.ResolveAsync("team/small:v1", "a test", CancellationToken.None))
        {
            Assert.Equal(35_424, new FileInfo(Assert.Single(model.WeightFiles)).Length);
        }

        var only = Assert.Single(await service.Datasets.ListAsync(CancellationToken.None));
        Assert.Equal(("legs:latest", Dataset, 2L), (only.Name, only.Digest.ToString(), only.Samples));
        using var dataset = await service.Datasets.ResolveAsync("legs", "a test", CancellationToken.None);
        Assert.Equal(2, dataset.Lines().Count());
    }

    [Fact]
    public async Task AFinishedJobIsFinishedAndTheOthersGoOn()
    {
        await using var service = await StoreService.OpenAsync(_folder.Path);
        var finished = await service.Jobs.FindAsync(Finished, CancellationToken.None);
        Assert.Equal((JobState.Succeeded, "made something", "b"), (finished.State, finished.Result, finished.Labels["a"]));
        using var deadline = new CancellationTokenSource(Patience);
        var queued = await service.Jobs.WaitAsync(Queued, deadline.Token);
        Assert.Equal((JobState.Succeeded, """made {"n":2}""", 1), (queued.State, queued.Result, queued.Attempts));
        var running = await service.Jobs.WaitAsync(Running, deadline.Token);
        Assert.Equal((JobState.Succeeded, """made {"n":3}""", 2), (running.State, running.Result, running.Attempts));

        // The caller's own id still finds the job that it made.
        var same = new NewJob("scripted", "finished", "{}", "request-1", finished.Caller, new Dictionary<string, string>());
        var again = await service.Jobs.CreateAsync(same, CancellationToken.None);
        Assert.Equal(Finished, again.Id);
    }

    [Fact]
    public async Task ItsShapeIsStillTheNewestAndRemovalAndPruneWorkOnIt()
    {
        await using var service = await StoreService.OpenAsync(_folder.Path);
        using var empty = new TemporaryFolder();
        await using (var fresh = await StoreService.OpenAsync(empty.Path))
        {
            Assert.Equal(await ShapeAsync(fresh), await ShapeAsync(service));
        }

        var blobs = service.Store.Content.Blobs().Count();
        await service.Store.Catalog.PruneAsync(all: true, dryRun: false, before: null, CancellationToken.None);
        Assert.Equal(blobs, service.Store.Content.Blobs().Count());
        await service.Store.Catalog.RemoveAsync(Model, force: true, CancellationToken.None);
        await service.Datasets.RemoveAsync("legs", force: false, CancellationToken.None);
        Assert.Empty(service.Store.Content.Blobs());
    }

    private static Task<int> ShapeAsync(StoreService service) =>
        service.Store.Database.ReadAsync(static connection => connection.ExecuteScalar<int>("PRAGMA user_version"), CancellationToken.None);
}
