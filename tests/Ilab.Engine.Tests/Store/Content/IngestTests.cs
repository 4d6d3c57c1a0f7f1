using System.Security.Cryptography;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Testing.Stores;

namespace Ilab.Engine.Tests.Store.Content;

public sealed class IngestTests : IDisposable
{
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task GoesOnWhereItStopped()
    {
        var bytes = RandomNumberGenerator.GetBytes(3_000_000);
        await using (var first = await _store.Content.OpenIngestAsync("a key", CancellationToken.None))
        {
            await first.WriteAsync(bytes.AsMemory(0, 1_234_567), CancellationToken.None);
        }

        await using var second = await _store.Content.OpenIngestAsync("a key", CancellationToken.None);
        Assert.Equal(1_234_567, second.Length);
        await second.WriteAsync(bytes.AsMemory(1_234_567), CancellationToken.None);
        var digest = await second.CommitAsync(Digest.Of(SHA256.HashData(bytes)), bytes.Length, CancellationToken.None);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_store.Content.BlobPath(digest)));
        Assert.Equal(digest, await second.CommitAsync(null, null, CancellationToken.None));
        Assert.Equal(bytes.Length, second.Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(_store.Content.BlobPath(digest)));
    }

    [Fact]
    public async Task StartsAgainFromNothing()
    {
        await using var ingest = await _store.Content.OpenIngestAsync("k", CancellationToken.None);
        await ingest.WriteAsync(new byte[100], CancellationToken.None);
        ingest.Reset();
        Assert.Equal(0, ingest.Length);
        await ingest.WriteAsync("abc"u8.ToArray(), CancellationToken.None);
        Assert.Equal(
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            (await ingest.CommitAsync(null, 3, CancellationToken.None)).ToString()
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsNotWhatWasAnnouncedLeavesNothing(bool wrongDigest)
    {
        await using var ingest = await _store.Content.OpenIngestAsync("k", CancellationToken.None);
        await ingest.WriteAsync("abc"u8.ToArray(), CancellationToken.None);
        var error = await Assert.ThrowsAsync<EngineException>(() =>
            ingest.CommitAsync(wrongDigest ? Digest.Of(new byte[32]) : null, wrongDigest ? 3 : 4, CancellationToken.None)
        );
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Empty(_store.Files());
    }

    [Fact]
    public async Task TheSameBytesTwiceAreOneBlob()
    {
        foreach (var key in new[] { "one", "two" })
        {
            await using var ingest = await _store.Content.OpenIngestAsync(key, CancellationToken.None);
            await ingest.WriteAsync("abc"u8.ToArray(), CancellationToken.None);
            await ingest.CommitAsync(null, null, CancellationToken.None);
        }

        Assert.Single(_store.Files());
    }

    [Fact]
    public async Task OnlyOneWritesUnderAKey()
    {
        await using var first = await _store.Content.OpenIngestAsync("k", CancellationToken.None);
        Assert.Equal(ErrorKind.Busy, (await Assert.ThrowsAsync<EngineException>(() => _store.Content.OpenIngestAsync("k", CancellationToken.None))).Kind);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/")]
    [InlineData("ü\n:")]
    public async Task AnyKeyStaysInItsFolder(string key)
    {
        await using var ingest = await _store.Content.OpenIngestAsync(key, CancellationToken.None);
        await ingest.WriteAsync(new byte[1], CancellationToken.None);
        Assert.Contains("/content/ingest/", Assert.Single(_store.Files()), StringComparison.Ordinal);
    }
}
