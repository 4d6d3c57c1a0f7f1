using Ilab.Runner.Contract.V1;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Answers without a limit share the cache: none of them keeps a whole context for itself, and none is cut because others are there.</summary>
[Collection(NativeCompute.Name)]
public sealed class RoomTests
{
    private const int Contexts = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task ManyRunSideBySideAndEachIsAsLongAsAlone()
    {
        const int Count = 32;
        using var model = Model();
        var alone = new List<Answer>();
        for (var one = 0; one < Count; one++)
        {
            alone.Add(await model.AskAsync(Request(model, one)));
        }

        var (read, reads) = (model.Host.ReadStats().PromptTokens, 0U);
        await using var reader = new SessionReader(model.Host);
        Submit[] requests = [.. Enumerable.Range(0, Count).Select(one => Request(model, one))];
        Array.ForEach(requests, reader.Submit);
        var most = await MostRunningAsync(model, reader);
        for (var one = 0; one < Count; one++)
        {
            var answer = await reader.ReadAsync(requests[one].GenerationId);
            Assert.Equal((alone[one].Text, Finished.Types.Reason.Length), (answer.Text, answer.Finished.Reason));
            Assert.Equal(
                (alone[one].Finished.PromptTokens, alone[one].Finished.CompletionTokens),
                (answer.Finished.PromptTokens, answer.Finished.CompletionTokens)
            );
            reads += answer.Finished.PromptTokens;
        }

        Assert.True(most > 2 * Contexts, $"at most {most} ran at once");
        Assert.True(model.Host.ReadStats().PromptTokens - read > reads, "nobody had to pause: the test is too small");
        Assert.Equal(0, model.Host.Active);
    }

    [Fact]
    public async Task WhoPausesCanBeCancelled()
    {
        using var model = Model();
        await using var reader = new SessionReader(model.Host);
        Submit[] requests = [.. Enumerable.Range(0, 16).Select(one => Request(model, one))];
        Array.ForEach(requests, reader.Submit);
        using var deadline = new CancellationTokenSource(Patience);
        while (model.Host.ReadStats().Waiting == 0)
        {
            await Task.Delay(1, deadline.Token); // all of them begin at once: who waits has paused
        }

        foreach (var request in requests)
        {
            model.Host.Cancel(request.GenerationId);
        }

        foreach (var request in requests)
        {
            Assert.Equal(Finished.Types.Reason.Cancelled, (await reader.ReadAsync(request.GenerationId)).Finished.Reason);
        }

        Assert.Equal(0, model.Host.Active);
        Assert.Equal(5U, (await model.AskAsync(model.Request(tokens: 5))).Finished.CompletionTokens);
    }

    [Fact]
    public async Task WhatIsInNoHurryMakesWay()
    {
        using var model = Model();
        await using var reader = new SessionReader(model.Host);
        var held = new HeldDecoder(model.Host);
        reader.Submit(model.Request(tokens: 1));
        await held.ReachedAsync();
        Submit[] batch = [.. Enumerable.Range(0, 24).Select(one => Request(model, one))]; // more than the cache has room for
        foreach (var request in batch)
        {
            request.Priority = 1;
            reader.Submit(request);
        }

        var urgent = model.Request(new string('x', 200), tokens: 5);
        reader.Submit(urgent);
        held.Dispose();
        var ended = new List<string>();
        while (ended.Count < batch.Length + 2)
        {
            if (await reader.NextAsync() is { Finished: not null } end)
            {
                ended.Add(end.GenerationId);
            }
        }

        Assert.Equal(urgent.GenerationId, ended[1]);
        Assert.All(batch.Select(static one => one.GenerationId), id => Assert.Contains(id, ended));
    }

    private static async Task<uint> MostRunningAsync(HostedModel model, SessionReader reader)
    {
        var most = 0U;
        while (model.Host.Active > 0)
        {
            most = Math.Max(most, model.Host.ReadStats().Running);
            await reader.NextAsync();
        }

        return most;
    }

    private static HostedModel Model() =>
        new(
            static file => RandomLlama.Write(file, new LlamaShape(64, 96, 2, 2, 512, Counts: true), "counts"),
            static spec => spec with { Parallel = 32, Cells = Contexts * HostedModel.ContextLength }
        );

    /// <summary>Without a limit: it ends where the context does.</summary>
    private static Submit Request(HostedModel model, int number)
    {
        var request = model.Request(new string((char)('a' + (number % 26)), 8 + number), tokens: 0);
        request.Fresh = false;
        return request;
    }
}
