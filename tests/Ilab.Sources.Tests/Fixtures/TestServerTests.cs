using System.Net;
using Ilab.Testing.Servers;

namespace Ilab.Sources.Tests.Fixtures;

/// <summary>A server behaves the same to a test whether it runs in a container or as a child process.</summary>
public sealed class TestServerTests
{
    [SkippableTheory]
    [InlineData(ServerHost.Process)]
    [InlineData(ServerHost.Container)]
    public async Task ItListensKeepsWhatItGetsAndIsGoneAfterwards(ServerHost host)
    {
        var spec = await RequireAsync(host);
        Uri blob;
        await using (var server = await TestServer.StartAsync(spec, host))
        {
            Assert.Equal(host == ServerHost.Container, server.IsContainer);
            using var client = new HttpClient();
            blob = await RegistryServer.PutBlobAsync(server, "test/model", [1, 2, 3]);
            Assert.Equal([1, 2, 3], await client.GetByteArrayAsync(blob));
        }

        using var late = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => late.GetAsync(blob));
    }

    [SkippableTheory]
    [InlineData(ServerHost.Process)]
    [InlineData(ServerHost.Container)]
    public async Task TwoDoNotKnowOfEachOther(ServerHost host)
    {
        var spec = await RequireAsync(host);
        await using var one = await TestServer.StartAsync(spec, host);
        await using var two = await TestServer.StartAsync(spec, host);
        var blob = await RegistryServer.PutBlobAsync(one, "test/model", [1, 2, 3]);
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(two.Address, blob.PathAndQuery));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [SkippableTheory]
    [InlineData(ServerHost.Process)]
    [InlineData(ServerHost.Container)]
    public async Task WhatItSaidComesWithItsFailure(ServerHost host)
    {
        var spec = await RequireAsync(host) with { Arguments = ["serve", "{data}/nothing.yml"] };
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestServer.StartAsync(spec, host));
        Assert.Contains("nothing.yml", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(ServerHost.Process)]
    [InlineData(ServerHost.Container)]
    public async Task AKilledOneAnswersNoMore(ServerHost host)
    {
        await using var server = await TestServer.StartAsync(await RequireAsync(host), host);
        await server.KillAsync();
        using var client = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(server.Address));
    }

    private static async Task<ServerSpec> RequireAsync(ServerHost host)
    {
        Skip.If(RegistryServer.Spec is null, RegistryServer.Reason);
        Skip.If(
            host == ServerHost.Container && !await ContainerEngines.AnswersAsync(),
            "needs a container engine that answers at DOCKER_HOST or /var/run/docker.sock"
        );
        return RegistryServer.Spec!;
    }
}
