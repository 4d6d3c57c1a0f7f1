using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Testing.Stores;

namespace Ilab.Engine.Tests.Store.Catalog;

/// <summary>Whose a name is, and what others can do with it: nothing.</summary>
public sealed class OwnerTests : IDisposable
{
    private static readonly Caller Alice = new(4001, IsAdmin: false);
    private static readonly Caller Bob = new(4002, IsAdmin: false);
    private static readonly Caller Admin = new(4003, IsAdmin: true);

    private readonly StoreFixture _store = new();

    private ModelCatalog Catalog => _store.Catalog;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task ANameIsMovedReplacedAndRemovedByItsOwnerAlone()
    {
        await ImportAsync(Alice, "a", 1);
        await ImportAsync(Bob, "b", 2);
        await DeniedAsync(() => Catalog.CopyAsync(Bob, "b", "a", replace: true, CancellationToken.None));
        await DeniedAsync(() => ImportAsync(Bob, "a", 3));
        await DeniedAsync(() => Catalog.RequireFreeAsync(Bob, "a", replace: true, CancellationToken.None));
        await DeniedAsync(() => Catalog.RemoveAsync(Bob, "a", force: true, CancellationToken.None));
        Assert.Equal(4001u, (await Catalog.FindAsync("a", CancellationToken.None)).Uid);

        Assert.Equal(4002u, (await Catalog.CopyAsync(Bob, "a", "mine", replace: false, CancellationToken.None)).Uid);
        await Catalog.CopyAsync(Alice, "b", "a", replace: true, CancellationToken.None);
        Assert.Equal(["a:latest"], (await Catalog.RemoveAsync(Alice, "a", force: false, CancellationToken.None)).Untagged);
    }

    [Fact]
    public async Task AnIdIsRemovedByWhoeverOwnsAllOfItsNames()
    {
        var id = (await ImportAsync(Alice, "a", 1)).Digest.ToString();
        await Catalog.CopyAsync(Bob, "a", "b", replace: false, CancellationToken.None);
        await DeniedAsync(() => Catalog.RemoveAsync(Alice, id, force: true, CancellationToken.None));
        await DeniedAsync(() => Catalog.RemoveAsync(Bob, id, force: true, CancellationToken.None));
        await Catalog.RemoveAsync(Bob, "b", force: false, CancellationToken.None);
        Assert.Single((await Catalog.RemoveAsync(Alice, id, force: true, CancellationToken.None)).Deleted);
    }

    [Fact]
    public async Task AnAdminMayDoAllOfIt()
    {
        await ImportAsync(Alice, "a", 1);
        await ImportAsync(Bob, "b", 2);
        Assert.Equal(4003u, (await Catalog.CopyAsync(Admin, "b", "a", replace: true, CancellationToken.None)).Uid);
        await Catalog.RemoveAsync(Admin, "b", force: true, CancellationToken.None);
        Assert.Equal(["a:latest"], (await Catalog.ListAsync(CancellationToken.None)).Select(static model => model.Name).Where(static name => name.Length > 0));
    }

    [Fact]
    public async Task AnUntaggedModelBelongsToWhoeverMadeIt()
    {
        var id = (await ImportAsync(Alice, "a", 1)).Digest.ToString();
        await ImportAsync(Alice, "a", 2);
        await DeniedAsync(() => Catalog.RemoveAsync(Bob, id, force: true, CancellationToken.None));
        Assert.Single((await Catalog.RemoveAsync(Alice, id, force: false, CancellationToken.None)).Deleted);
    }

    [Fact]
    public async Task WhatIsNotSharedIsNeitherListedNorUsed()
    {
        var alone = Bob with { SeesModels = false };
        var id = (await ImportAsync(Alice, "a", 1)).Digest.ToString();
        await ImportAsync(alone, "b", 2);
        Assert.Equal(["b:latest"], (await Catalog.ListAsync(alone, CancellationToken.None)).Select(static model => model.Name));
        Assert.Equal(2, (await Catalog.ListAsync(Bob, CancellationToken.None)).Count);
        foreach (var reference in new[] { "a", id, id[..20] })
        {
            await DeniedAsync(() => Catalog.FindAsync(alone, reference, CancellationToken.None));
            await DeniedAsync(() => Catalog.ResolveAsync(alone, reference, "test", CancellationToken.None));
            await DeniedAsync(() => Catalog.CopyAsync(alone, reference, "stolen", replace: false, CancellationToken.None));
            Assert.False(await Catalog.ExistsAsync(alone, reference, CancellationToken.None));
        }

        // Who has the same bytes under a name of their own sees them by every name.
        await ImportAsync(alone, "same", 1);
        Assert.Equal(id, (await Catalog.FindAsync(alone, id, CancellationToken.None)).Digest.ToString());
    }

    private static async Task DeniedAsync(Func<Task> act)
    {
        var error = await Assert.ThrowsAsync<EngineException>(act);
        Assert.Equal(ErrorKind.PermissionDenied, error.Kind);
        Assert.DoesNotContain('\n', error.Message);
    }

    private Task<ModelRecord> ImportAsync(Caller caller, string name, int seed) =>
        _store.Importer.ImportAsync(
            _store.Model($"{name}-{seed}.gguf", seed),
            new ImportOptions
            {
                Name = name,
                Replace = true,
                Caller = caller,
            },
            static path => File.OpenHandle(path),
            static _ => { },
            CancellationToken.None
        );
}
