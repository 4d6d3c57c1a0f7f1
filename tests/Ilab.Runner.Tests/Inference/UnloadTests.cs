using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Models that go: nothing is left of them, and whoever asks meanwhile is answered.</summary>
[Collection(NativeCompute.Name)]
public sealed class UnloadTests
{
    [Fact]
    public void NothingIsLeftOfModelsThatWereUnloaded()
    {
        const int WarmUp = 10,
            Rounds = 50;
        using var first = new HostedModel();
        long before = 0;
        for (var round = 0; round < WarmUp + Rounds; round++)
        {
            if (round == WarmUp)
            {
                before = Resident();
            }

            Load(first.Spec, static _ => true).Dispose();
        }

        // One model with its context takes about a mebibyte: what was kept of fifty would show.
        Assert.InRange((Resident() - before) / 1024, long.MinValue, 10 << 10);
    }

    [Fact]
    public void ALoadThatNobodyWantsEnds()
    {
        using var first = new HostedModel();
        var asked = 0;
        var error = Assert.Throws<RunnerException>(() => Load(first.Spec, _ => ++asked > 1_000_000));

        Assert.Equal("CANNOT_LOAD", error.Kind);
        Assert.True(asked > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EverybodyWhoAsksDuringAForcedStopIsAnswered(bool drained)
    {
        using var model = new HostedModel(template: null, parallel: 2);
        await using var reader = new SessionReader(model.Host);
        var requests = Enumerable.Range(0, 200).Select(_ => model.Request(tokens: 0)).ToArray();
        var asking = Task.Run(() => Array.ForEach(requests, reader.Submit));
        await reader.NextAsync();
        if (drained)
        {
            await model.Host.DrainAsync(force: true, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        }

        model.Host.Dispose();
        await asking;
        foreach (var request in requests)
        {
            var end = (await reader.ReadAsync(request.GenerationId)).Events[^1];
            Assert.True(
                end.Finished?.Reason is Finished.Types.Reason.Cancelled or Finished.Types.Reason.Length || end.Failed?.ErrorKind == "BUSY",
                end.ToString()
            );
        }

        Assert.Equal(0, model.Host.Active);
        Assert.Null(model.Host.Tokenize(new TokenizeRequest { Text = "too late" }));
    }

    private static LoadedModel Load(RunnerSpec spec, Func<float, bool> progress) => new ModelLoader(spec, new NativeLogLines(static _ => { })).Load(progress);

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return CurrentProcess.AnonymousMemory();
    }
}
