using Ilab.Engine.Errors;
using Ilab.Engine.Workloads.Conversion;
using Ilab.Gguf;
using Ilab.Testing.Work;

namespace Ilab.Engine.Tests.Workloads.Conversion;

/// <summary>Conversion is work of an executor: the service checks, submits, follows and stores, and no restart makes it convert twice.</summary>
public sealed class ConvertHandlerTests : IDisposable
{
    private static readonly string Id = ConversionFixture.WorkId;
    private readonly ConversionFixture _f = new();

    public void Dispose() => _f.Dispose();

    [Fact]
    public async Task AFolderBecomesAModelByWorkThatGetsTheFilesItNeeds()
    {
        var source = _f.Source();
        await File.WriteAllTextAsync(Path.Combine(source, "notes.md"), "of no use");
        Assert.Equal("tiny-hf:latest", await _f.RunAsync(new ConvertRequest { Path = source }));
        var order = Assert.Single(_f.Orders);
        Assert.Contains(order.Inputs, static input => input.File!.EndsWith("model-00002-of-00002.safetensors", StringComparison.Ordinal));
        Assert.DoesNotContain(order.Inputs, static input => input.File!.EndsWith(".md", StringComparison.Ordinal));
        using var model = await _f.Store.Catalog.ResolveAsync("tiny-hf", "test", CancellationToken.None);
        Assert.Equal("Tiny Hf", GgufFile.Read(model.WeightFiles.Single()).GetString("general.name"));
        await LeavesNothingAsync();
    }

    [Fact]
    public async Task WorkThatRunsIsFollowedByTheNextServiceWhateverBecameOfTheSource()
    {
        var request = new ConvertRequest { Path = _f.Source(), Name = "mine" };
        await BeginAndLeaveAsync(request);
        Directory.Delete(request.Path, recursive: true);
        var running = _f.RunAsync(request, attempt: 2);
        _f.Cluster.Release(Id);
        Assert.Equal("mine:latest", await running.WaitAsync(ConversionFixture.Patience));
        Assert.Single(_f.Orders);
        await LeavesNothingAsync();
    }

    [Fact]
    public async Task WorkThatEndedWhileNoServiceWasThereIsStoredByTheNext()
    {
        var request = new ConvertRequest { Path = _f.Source(), Name = "mine" };
        await BeginAndLeaveAsync(request);
        _f.Cluster.Release(Id);
        await _f.Cluster.UntilOverAsync(Id);
        Directory.Delete(request.Path, recursive: true);
        Assert.Equal("mine:latest", await _f.RunAsync(request, attempt: 2));
        Assert.Single(_f.Orders);
        await LeavesNothingAsync();
    }

    [Fact]
    public async Task WorkThatDiedWhileNoServiceWasThereIsDoneOnceMore()
    {
        var request = new ConvertRequest { Path = _f.Source(), Name = "mine" };
        await BeginAndLeaveAsync(request);
        _f.Cluster.Kill(Id);
        await _f.Cluster.UntilOverAsync(Id);
        _f.Before = [];
        Assert.Equal("mine:latest", await _f.RunAsync(request, attempt: 2));
        Assert.Equal(2, _f.Orders.Count);
    }

    [Fact]
    public async Task AServiceThatDiesAfterTheModelWasStoredConvertsNothingAgain()
    {
        var request = new ConvertRequest { Path = _f.Source(), Name = "mine" };
        await _f.RunAsync(request);
        Directory.Delete(request.Path, recursive: true);
        Assert.Equal("mine:latest", await _f.RunAsync(request, attempt: 2));
        Assert.Single(_f.Orders);
    }

    [Fact]
    public async Task WhatCannotBeConvertedIsSaidBeforeAnyWorkStarts()
    {
        var source = _f.Source();
        File.Delete(Path.Combine(source, "model-00002-of-00002.safetensors"));
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(new ConvertRequest { Path = source }));
        Assert.Equal((ErrorKind.InvalidModel, "download the missing files"), (error.Kind, error.Hint));
        Assert.Empty(_f.Orders);
    }

    [Fact]
    public async Task WorkThatFailsFailsTheJobAndLeavesNothing()
    {
        _f.Before = [new Step.Fail("DISK_FULL", "no space left")];
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(new ConvertRequest { Path = _f.Source() }));
        Assert.Equal((ErrorKind.DiskFull, "no space left"), (error.Kind, error.Message));
        await LeavesNothingAsync();
    }

    [Fact]
    public async Task ACancelledConversionEndsItsWork()
    {
        var request = new ConvertRequest { Path = _f.Source() };
        await BeginAndLeaveAsync(request);
        await _f.DiscardAsync(request).WaitAsync(ConversionFixture.Patience);
        await LeavesNothingAsync();
    }

    [Fact]
    public async Task AModelBecomesAFolderAndAnInterruptedDeliveryIsFinished()
    {
        await _f.RunAsync(new ConvertRequest { Path = _f.Source(), Name = "mine" });
        File.Delete(Path.Combine(_f.JobFolder, "converted"));
        var request = new ConvertRequest
        {
            Model = (await _f.Store.Catalog.FindAsync("mine", CancellationToken.None)).Digest.ToString(),
            To = ConvertRequest.ToSafetensors,
            Output = _f.Store.At("out"),
        };
        await BeginAndLeaveAsync(request);
        _f.Cluster.Release(Id);
        await _f.Cluster.UntilOverAsync(Id);

        // The service that was killed had delivered some files, and one in half.
        await File.WriteAllTextAsync(Path.Combine(request.Output, "config.json"), "{}");
        await File.WriteAllTextAsync(Path.Combine(request.Output, "model.safetensors.tmp"), "half");
        Assert.Equal(request.Output, await _f.RunAsync(request, attempt: 2));
        Assert.Equal(_f.Orders.Last().Outputs.Order(), Directory.GetFiles(request.Output).Select(Path.GetFileName).Order());
        Assert.Contains("hidden_size", await File.ReadAllTextAsync(Path.Combine(request.Output, "config.json")), StringComparison.Ordinal);
        Assert.Equal(2, _f.Orders.Count);
    }

    [Fact]
    public async Task AFolderThatIsNotEmptyIsRefused()
    {
        await _f.RunAsync(new ConvertRequest { Path = _f.Source(), Name = "mine" });
        File.Delete(Path.Combine(_f.JobFolder, "converted"));
        var request = new ConvertRequest
        {
            Model = (await _f.Store.Catalog.FindAsync("mine", CancellationToken.None)).Digest.ToString(),
            To = ConvertRequest.ToSafetensors,
            Output = _f.Store.At("tiny-hf"),
        };
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<EngineException>(() => _f.RunAsync(request))).Kind);
        Assert.Single(_f.Orders);
    }

    /// <summary>The work waits when its service ends.</summary>
    private Task BeginAndLeaveAsync(ConvertRequest request)
    {
        _f.Before = [new Step.Wait()];
        return _f.LeaveAsync(request);
    }

    private async Task LeavesNothingAsync()
    {
        Assert.Empty(_f.Store.Content.Ingests());
        Assert.False(Directory.Exists(Path.Combine(_f.JobFolder, "source")));
        Assert.Equal(
            ErrorKind.NotFound,
            (
                await Assert.ThrowsAsync<EngineException>(() =>
                    new InMemoryExecutor(_f.Cluster, "convert", static _ => []).CollectAsync(Id, "model.gguf", CancellationToken.None)
                )
            ).Kind
        );
    }
}
