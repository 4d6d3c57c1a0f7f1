using System.Security.Cryptography;
using Ilab.Engine.Store.Content;
using Ilab.Testing.Servers;

namespace Ilab.Sources.Tests;

/// <summary>Downloads from a real registry, whose answers nobody here has made up.</summary>
public sealed class RegistryDownloadTests
{
    [SkippableFact]
    public async Task ABlobOfARegistryIsDownloadedByItsDigest()
    {
        Skip.If(RegistryServer.Spec is null, RegistryServer.Reason);
        await using var server = await TestServer.StartAsync(RegistryServer.Spec!);
        await using var fixture = await DownloadFixture.CreateAsync();
        var bytes = DownloadFixture.Bytes(3 << 20);
        var url = await RegistryServer.PutBlobAsync(server, "models/a", bytes);
        Assert.True(Digest.TryParse($"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}", out var expected));
        var digest = await fixture.FetchAsync(
            new RemoteFile
            {
                Url = url,
                FileName = "a.gguf",
                Expected = expected,
            }
        );
        Assert.Equal(expected, digest);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(fixture.Content.BlobPath(digest)));
    }
}
