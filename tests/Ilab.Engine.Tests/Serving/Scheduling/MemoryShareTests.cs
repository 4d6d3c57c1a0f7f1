using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Tests.Serving.Inference;
using static Ilab.Engine.Tests.Serving.Inference.EngineFixture;

namespace Ilab.Engine.Tests.Serving.Scheduling;

/// <summary>The quota of memory: a user loads models up to a share of the device, and uses what others loaded.</summary>
public sealed class MemoryShareTests : IAsyncLifetime
{
    private const uint Alice = 4001,
        Bob = 4002;

    private readonly EngineFixture _f = new();

    public Task InitializeAsync() => _f.Engine.StartAsync(CancellationToken.None);

    public Task DisposeAsync() => _f.DisposeAsync().AsTask();

    [Fact]
    public async Task AModelBeyondTheShareIsRefusedWithTheNumbers()
    {
        await _f.RunAsync(Of("small", Alice, 0.2));
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Of("large", Alice, 0.2)));
        Assert.Equal(ErrorKind.QuotaExceeded, error.Kind);
        Assert.Matches(@"^large:latest needs 6(\.\d+)? GB of cpu, and 1(\.\d+)? GB of at most 2\.1 GB are used by your models and jobs$", error.Message);
        Assert.Contains("an admin can raise the quota", error.Hint, StringComparison.Ordinal);
        Assert.Equal(("small:latest", Alice), (_f.Engine.Loaded.Single().Name, _f.Engine.Loaded.Single().Owner));
        await _f.RunAsync(Of("large", Bob, 0.8));
    }

    [Fact]
    public async Task WhatOthersLoadedIsUsedByEverybody()
    {
        await _f.RunAsync(Of("large", Bob, null));
        Assert.Equal("0 1 2 3 4 ", Text(await _f.RunAsync(Of("large", Alice, 0.01))));
        Assert.Single(_f.Launcher.Started);
    }

    [Fact]
    public async Task JobsCountAndSoDoesWhatWasLoadedBeforeARestart()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Of("small", Alice, 0.3, ofJobs: 2 * GiB)));
        Assert.Equal(ErrorKind.QuotaExceeded, error.Kind);
        await _f.RunAsync(Of("small", Alice, 0.3));
        await _f.RestartAsync();
        Assert.Equal(Alice, _f.Engine.Loaded.Single().Owner);
        await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(Of("large", Alice, 0.65)));
    }

    private static GenerationRequest Of(string model, uint user, double? share, long ofJobs = 0) =>
        Request(model) with
        {
            Load = new LoadSettings { Owner = new MemoryShare(user, share, ofJobs) },
        };
}
