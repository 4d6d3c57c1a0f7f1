using Ilab.Testing.Stores;

namespace Ilab.Engine.Tests.Store.Content;

public sealed class ContentStoreTests : IDisposable
{
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void SmallBytesAreReadOnlyAndStoredOnce()
    {
        var digest = _store.Content.Put("abc"u8);
        Assert.Equal(digest, _store.Content.Put("abc"u8));
        Assert.Equal(_store.Content.BlobPath(digest), Assert.Single(_store.Files()));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(_store.Content.BlobPath(digest)));
        Assert.Equal([digest], _store.Content.Blobs());
    }

    [Fact]
    public void QuarantineTakesABlobOutOfSightAndKeepsIt()
    {
        var digest = _store.Content.Put("abc"u8);
        _store.Content.Quarantine(digest);
        Assert.False(_store.Content.Contains(digest));
        Assert.Contains("/quarantine/", Assert.Single(_store.Files()), StringComparison.Ordinal);
        Assert.Equal(0, _store.Content.Delete(digest));
    }
}
