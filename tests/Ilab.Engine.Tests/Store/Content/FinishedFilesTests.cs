using System.Security.Cryptography;
using Ilab.Engine.Store.Content;
using Ilab.Posix.Files;
using Ilab.Testing.Stores;

namespace Ilab.Engine.Tests.Store.Content;

/// <summary>Results become blobs without a second copy, and whatever attempt is interrupted, the result is still there for the next one.</summary>
public sealed class FinishedFilesTests : IDisposable
{
    private const string Key = "made-1";
    private readonly StoreFixture _store = new();
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(3_000_000);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task AFileOfTheServiceIsSharedAndStaysWhereItIs()
    {
        var file = Write();
        var digest = await TakeAsync(File.OpenRead(file));
        Assert.Equal(Digest.Of(SHA256.HashData(_bytes)), digest);
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(_store.Content.BlobPath(digest)));
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(file));
        Assert.Equal(IsShareable(file), IsShared(file, _store.Content.BlobPath(digest)));
        Assert.Equal(ContentStore.BlobMode, File.GetUnixFileMode(_store.Content.BlobPath(digest)));
        Assert.Single(_store.Files());
    }

    /// <summary>What the work digested while it wrote is not read again; a file of another length is.</summary>
    [Fact]
    public async Task ADigestThatIsKnownIsTaken()
    {
        var file = Write();
        var own = Digest.Of(SHA256.HashData(_bytes));
        var other = Digest.Of(SHA256.HashData([1]));
        Assert.Equal(own, await TakeAsync(File.OpenRead(file), (other, _bytes.Length - 1)));
        Assert.Equal(other, await TakeAsync(File.OpenRead(file), (other, _bytes.Length)));
    }

    [Fact]
    public async Task WhatOthersMayWriteIsCopied()
    {
        var file = Write();
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
        var digest = await TakeAsync(File.OpenRead(file));
        Assert.NotEqual(FileSystem.IdentityOf(file).Inode, FileSystem.IdentityOf(_store.Content.BlobPath(digest)).Inode);
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(_store.Content.BlobPath(digest)));
    }

    [Fact]
    public async Task WhatIsNoFileIsCopied()
    {
        var digest = await TakeAsync(new MemoryStream(_bytes));
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(_store.Content.BlobPath(digest)));
        Assert.Single(_store.Files());
    }

    [Fact]
    public async Task AnAttemptThatWasKilledAfterItSharedTheFileDoesNotHarmIt()
    {
        var file = Write();
        using (var source = File.OpenHandle(file))
        {
            FileSystem.TryShare(source, _store.Content.IngestPath(Key));
        }

        var digest = await TakeAsync(File.OpenRead(file));
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(file));
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(_store.Content.BlobPath(digest)));
        Assert.Single(_store.Files());
    }

    [Fact]
    public async Task AnAttemptThatWasKilledAfterTheBlobWasThereIsRepeated()
    {
        var file = Write();
        var first = await TakeAsync(File.OpenRead(file));
        Assert.Equal(first, await TakeAsync(File.OpenRead(file)));
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(file));
        Assert.Single(_store.Files());
        File.Delete(file);
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(_store.Content.BlobPath(first)));
    }

    [Fact]
    public async Task ItHasALeaseBeforeItIsThere()
    {
        using var held = new LeaseGroup(_store.Leases, "test");
        await using var source = File.OpenRead(Write());
        var digest = await _store.Content.TakeAsync(Key, source, held, CancellationToken.None);
        Assert.True(_store.Leases.IsLeased(digest));
    }

    private static bool IsShared(string file, string blob) => FileSystem.IdentityOf(file).Inode == FileSystem.IdentityOf(blob).Inode;

    /// <summary>Shared extents cannot be seen from here: there the blob is a file of its own.</summary>
    private static bool IsShareable(string file)
    {
        using var source = File.OpenHandle(file);
        using var target = File.OpenHandle(file + ".clone", FileMode.Create, FileAccess.Write);
        return !FileSystem.TryClone(source, target);
    }

    private string Write()
    {
        var path = Path.Combine(_store.Options.StoreDirectory, "result");
        File.WriteAllBytes(path, _bytes);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private async Task<Digest> TakeAsync(Stream source, (Digest, long)? written = null)
    {
        await using (source)
        {
            using var held = new LeaseGroup(_store.Leases, "test");
            return await _store.Content.TakeAsync(Key, source, held, written, CancellationToken.None);
        }
    }
}
