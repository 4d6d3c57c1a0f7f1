using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Tests.Store.State;
using Ilab.Testing.Stores;

namespace Ilab.Engine.Tests.Store.Catalog;

public sealed class ModelCatalogTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task ANameGoesFirstAndTheBytesWithTheLastOne()
    {
        var model = await _store.ImportAsync(_store.Model("m.gguf"), "m");
        await _store.Catalog.TagAsync("m", "n", CancellationToken.None);
        var first = await RemoveAsync("m");
        Assert.Equal(["m:latest"], first.Untagged);
        Assert.Empty(first.Deleted);
        Assert.Equal(3, _store.Files().Length);
        var second = await RemoveAsync("n");
        Assert.Equal([model.Digest], second.Deleted);
        Assert.True(second.Reclaimed > model.Size - 1);
        Assert.Empty(_store.Files());
    }

    [Fact]
    public async Task ANameThatMovesSaysWhoseItWas()
    {
        var first = await _store.ImportAsync(_store.Model("a.gguf"), "a");
        var second = await _store.ImportAsync(_store.Model("b.gguf", seed: 2), "b");
        Assert.Null((await _store.Catalog.MoveAsync(Caller.Service, "a", "c", CancellationToken.None)).Before);
        Assert.Null((await _store.Catalog.MoveAsync(Caller.Service, "a", "c", CancellationToken.None)).Before);
        var (moved, before) = await _store.Catalog.MoveAsync(Caller.Service, "b", "c", CancellationToken.None);
        Assert.Equal((second.Digest, first.Digest), (moved.Digest, before));
    }

    [Fact]
    public async Task ByIdItGoesOnlyWithForceWhenItHasSeveralNames()
    {
        var model = await _store.ImportAsync(_store.Model("m.gguf"), "m");
        await _store.Catalog.TagAsync("m", "n", CancellationToken.None);
        var error = await Assert.ThrowsAsync<EngineException>(() => RemoveAsync(model.Digest.Short));
        Assert.Equal(ErrorKind.InUse, error.Kind);
        Assert.Contains("m:latest, n:latest", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await RemoveAsync(model.Digest.Short, force: true)).Untagged.Count);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<EngineException>(() => RemoveAsync("m"))).Kind);
    }

    [Fact]
    public async Task WhatIsInUseStaysAndWithForceItsBytesStayUntilItIsNot()
    {
        await _store.ImportAsync(_store.Model("m.gguf"), "m");
        using (var used = await _store.Catalog.ResolveAsync("m", "a conversation", CancellationToken.None))
        {
            var error = await Assert.ThrowsAsync<EngineException>(() => RemoveAsync("m"));
            Assert.Equal(ErrorKind.InUse, error.Kind);
            Assert.Contains("a conversation", error.Message, StringComparison.Ordinal);
            await RemoveAsync("m", force: true);
            Assert.True(File.Exists(used.WeightFiles[0]));
        }

        Assert.False(await _store.Catalog.ExistsAsync("m", CancellationToken.None));
    }

    [Fact]
    public async Task AnIdThatFitsSeveralListsThem()
    {
        var seen = new Dictionary<string, ModelRecord>();
        var prefix = "";
        for (var seed = 1; prefix.Length == 0; seed++)
        {
            // Four hex digits soon meet; the models are made without their files.
            var digest = Engine.Store.Content.Digest.Of(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(seed)));
            var record = new ModelRecord
            {
                Name = "",
                Digest = digest,
                Source = "test",
            };
            if (!seen.TryAdd(digest.Hex[..4], record))
            {
                prefix = digest.Hex[..4];
                await _store.Database.WriteAsync(
                    (connection, transaction) =>
                    {
                        ModelTable.Insert(connection, transaction, seen[prefix], new ModelSummary());
                        ModelTable.Insert(connection, transaction, record, new ModelSummary());
                        return 0;
                    },
                    CancellationToken.None
                );
            }
        }

        var error = await Assert.ThrowsAsync<EngineException>(() => _store.Catalog.FindAsync(prefix, CancellationToken.None));
        Assert.Equal(ErrorKind.Ambiguous, error.Kind);
        Assert.Contains(seen[prefix].Digest.Short, error.Message, StringComparison.Ordinal);
        Assert.Equal(seen[prefix].Digest, (await _store.Catalog.FindAsync(seen[prefix].Digest.Hex, CancellationToken.None)).Digest);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<EngineException>(() => _store.Catalog.FindAsync(prefix[..3], CancellationToken.None))).Kind);
    }

    [Fact]
    public async Task AModelThatGetsANameWhileAPruneBeginsStays()
    {
        var model = await _store.ImportAsync(_store.Model("m.gguf"), "old");
        await _store.ImportAsync(_store.Model("n.gguf", seed: 2), "old", replace: true); // the first has no name any more
        Task<ModelRecord> tagging;
        Task<Removal> pruning;
        using (var busy = new BusyLane(_store.Database))
        {
            tagging = _store.Catalog.TagAsync(model.Digest.Hex, "kept", CancellationToken.None);
            pruning = _store.Catalog.PruneAsync(all: true, dryRun: false, before: null, CancellationToken.None);
        }

        Assert.Equal("kept:latest", (await tagging.WaitAsync(Patience)).Name);
        Assert.Empty((await pruning.WaitAsync(Patience)).Deleted);
        using var resolved = await _store.Catalog.ResolveAsync("kept", "a test", CancellationToken.None);
    }

    [Fact]
    public async Task ATagOfAModelThatIsRemovedMeanwhileSaysThatThereIsNone()
    {
        await _store.ImportAsync(_store.Model("m.gguf"), "m");
        Task removing;
        Task<ModelRecord> tagging;
        using (var busy = new BusyLane(_store.Database))
        {
            removing = RemoveAsync("m");
            tagging = _store.Catalog.TagAsync("m", "late", CancellationToken.None);
        }

        await removing.WaitAsync(Patience);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<EngineException>(() => tagging.WaitAsync(Patience))).Kind);
    }

    [Fact]
    public async Task APruneRemovesModelsWithoutANameAndSaysBeforehandWhatItFrees()
    {
        var model = await _store.ImportAsync(_store.Model("m.gguf"), "old");
        await _store.ImportAsync(_store.Model("n.gguf", seed: 2), "old", replace: true);
        var expected = await _store.Catalog.PruneAsync(all: true, dryRun: true, before: null, CancellationToken.None);
        Assert.Equal([model.Digest], expected.Deleted);
        Assert.Empty((await _store.Catalog.PruneAsync(all: false, dryRun: false, before: null, CancellationToken.None)).Deleted);
        Assert.Empty((await _store.Catalog.PruneAsync(all: true, dryRun: false, before: model.Created.AddMinutes(-1), CancellationToken.None)).Deleted);
        var removal = await _store.Catalog.PruneAsync(all: true, dryRun: false, before: null, CancellationToken.None);
        Assert.Equal((expected.Deleted[0], expected.Reclaimed), (removal.Deleted[0], removal.Reclaimed));
        Assert.False(_store.Content.Contains(model.Digest));
        Assert.Equal("old:latest", Assert.Single(await _store.Catalog.ListAsync(CancellationToken.None)).Name);
    }

    [Fact]
    public async Task ImportsAndRemovalsAtOnceNeverMakeHalfAModel()
    {
        var file = _store.Model("m.gguf");
        using var deadline = new CancellationTokenSource(Patience);
        var importing = Task.Run(async () =>
        {
            for (var round = 0; round < 60; round++)
            {
                await _store.ImportAsync(file, $"m{round % 3}");
            }
        });
        var removing = Task.Run(async () =>
        {
            while (!importing.IsCompleted)
            {
                foreach (var model in await _store.Catalog.ListAsync(deadline.Token))
                {
                    try
                    {
                        await RemoveAsync(model.Name, force: true);
                        await _store.Catalog.PruneAsync(all: true, dryRun: false, null, deadline.Token);
                    }
                    catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound)
                    {
                        // Removed a moment ago.
                    }
                }
            }
        });
        await Task.WhenAll(importing, removing).WaitAsync(Patience);
        foreach (var model in await _store.Catalog.ListAsync(deadline.Token))
        {
            Assert.All(_store.Catalog.ReadManifest(model.Digest).Blobs, blob => Assert.True(_store.Content.Contains(blob)));
        }

        await _store.ImportAsync(file, "last");
        using var resolved = await _store.Catalog.ResolveAsync("last", "test", deadline.Token);
        Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(resolved.WeightFiles[0]));
    }

    private Task<Removal> RemoveAsync(string reference, bool force = false) => _store.Catalog.RemoveAsync(reference, force, CancellationToken.None);
}
