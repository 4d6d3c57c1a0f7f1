using System.Text;
using Ilab.Data.Datasets;
using Ilab.Data.Tests.Fixtures;
using Ilab.Engine.Errors;
using Ilab.Testing;

namespace Ilab.Data.Tests.Datasets;

/// <summary>Datasets stand on the same catalog as models, with names of their own.</summary>
public sealed class DatasetCatalogTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private StoreService _service = null!;

    private DatasetCatalog Datasets => _service.Datasets;

    public async Task InitializeAsync() => _service = await StoreService.OpenAsync(_folder.Path);

    public async Task DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task GarbageCollectionOfModelsLeavesWhatDatasetsUse()
    {
        var dataset = await ImportAsync("birds", "Two.");
        var blobs = _service.Store.Content.Blobs().ToArray();
        Assert.Equal(0, await _service.Store.Catalog.DropAsync(blobs, CancellationToken.None));
        Assert.Equal(blobs.Length, _service.Store.Content.Blobs().Count());

        // The other way round as well; and what nobody uses goes.
        var orphan = _service.Store.Content.Put("nobody's"u8);
        Assert.Equal(8, await Datasets.DropAsync([orphan, dataset.Digest], CancellationToken.None));
    }

    [Fact]
    public async Task TheyAreTaggedFoundByIdAndRemovedWithTheLastName()
    {
        var dataset = await ImportAsync("birds", "Two.");
        Assert.Equal("more:v1", (await Datasets.TagAsync(dataset.Digest.Short, "more:v1", CancellationToken.None)).Name);
        Assert.Equal(dataset.Digest, (await Datasets.FindAsync(dataset.Digest.Hex[..6], CancellationToken.None)).Digest);
        Assert.Equal(["birds:latest", "more:v1"], await Datasets.NamesAsync(dataset.Digest, CancellationToken.None));
        Assert.Empty((await Datasets.RemoveAsync("birds", force: false, CancellationToken.None)).Deleted);
        using (await Datasets.ResolveAsync("more:v1", "a training", CancellationToken.None))
        {
            var error = await Assert.ThrowsAsync<EngineException>(() => Datasets.RemoveAsync("more:v1", force: false, CancellationToken.None));
            Assert.Equal(ErrorKind.InUse, error.Kind);
            Assert.Contains("a training", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal([dataset.Digest], (await Datasets.RemoveAsync("more:v1", force: false, CancellationToken.None)).Deleted);
        Assert.Empty(_service.Store.Content.Blobs());
        var missing = await Assert.ThrowsAsync<EngineException>(() => Datasets.FindAsync("birds", CancellationToken.None));
        Assert.Equal((ErrorKind.NotFound, "no such dataset: birds"), (missing.Kind, missing.Message));
    }

    [Fact]
    public async Task ANameThatIsTakenStaysUnlessItIsToBeReplaced()
    {
        var first = await ImportAsync("birds", "Two.");
        var second = await ImportAsync("dogs", "Four.");
        var error = await Assert.ThrowsAsync<EngineException>(() => Datasets.CopyAsync("dogs", "birds", replace: false, CancellationToken.None));
        Assert.Equal((ErrorKind.AlreadyExists, $"birds:latest is the name of another dataset ({first.Digest.Short})"), (error.Kind, error.Message));
        Assert.Equal(second.Digest, (await Datasets.CopyAsync("dogs", "birds", replace: true, CancellationToken.None)).Digest);

        // The first has no name any more: a prune of datasets takes it, one of models does not.
        Assert.Empty((await _service.Store.Catalog.PruneAsync(all: true, dryRun: false, before: null, CancellationToken.None)).Deleted);
        Assert.Equal([first.Digest], (await Datasets.PruneAsync(all: true, dryRun: false, before: null, CancellationToken.None)).Deleted);
    }

    private async Task<DatasetRecord> ImportAsync(string name, string answer) =>
        (await _service.Importer.ImportAsync(new DatasetImport { FileName = "records.jsonl", Name = name }, Records(answer), CancellationToken.None)).Dataset;

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Records(string answer)
    {
        await Task.Yield();
        yield return Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"How many legs?"},{"role":"assistant","content":"{{answer}}"}]}""");
    }
}
