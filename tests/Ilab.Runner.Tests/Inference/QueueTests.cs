using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Tests.Inference;

/// <summary>More ask than are answered at once: who waits knows their place, who is next is fair, and what does not fit is refused.</summary>
[Collection(NativeCompute.Name)]
public sealed class QueueTests
{
    [Fact]
    public async Task WhoWaitsIsToldTheirPlaceAndComesInOrder()
    {
        using var model = new HostedModel(parallel: 1, queue: 8);
        await using var reader = new SessionReader(model.Host);
        var held = new HeldDecoder(model.Host);
        reader.Submit(model.Request(tokens: 1));
        await held.ReachedAsync();
        Submit[] requests = [.. Enumerable.Range(0, 4).Select(_ => model.Request(tokens: 2))];
        (requests[1].Priority, requests[2].Caller) = (1, "other");
        Array.ForEach(requests, reader.Submit);
        held.Dispose();
        var answers = new List<(string Id, Answer Answer)>();
        foreach (var request in requests)
        {
            answers.Add((request.GenerationId, await reader.ReadAsync(request.GenerationId)));
        }

        // Of one caller, the other caller, the first one's second, and last who is in no hurry.
        Assert.Equal(
            [
                [],
                [3U, 2U, 1U],
                [1U],
                [2U, 1U],
            ],
            answers.Select(static one => Places(one.Answer))
        );
        Assert.All(answers, static one => Assert.Equal(2U, one.Answer.Finished.CompletionTokens));
    }

    [Fact]
    public async Task WhatDoesNotFitIsRefusedWithATimeToComeBack()
    {
        using var model = new HostedModel(parallel: 2, queue: 3);
        await using var reader = new SessionReader(model.Host);
        var held = new HeldDecoder(model.Host);
        reader.Submit(model.Request(tokens: 1));
        await held.ReachedAsync();
        Submit[] requests = [.. Enumerable.Range(0, 9).Select(_ => model.Request(tokens: 3))];
        Array.ForEach(requests, reader.Submit);
        held.Dispose();
        var ends = new List<GenerationEvent>();
        foreach (var request in requests)
        {
            ends.Add((await reader.ReadAsync(request.GenerationId)).Events[^1]);
        }

        // Two run, three wait; the held one has ended when they arrive.
        Assert.Equal(5, ends.Count(static end => end.Finished is { CompletionTokens: 3 }));
        Assert.All(
            ends.Skip(5),
            static end =>
            {
                Assert.Equal("QUEUE_FULL", end.Failed.ErrorKind);
                Assert.Equal("the model is answering 2 requests, and 3 are waiting", end.Failed.Message);
                Assert.InRange(end.Failed.RetryMilliseconds, 1000U, 600_000U);
            }
        );
        Assert.Equal(0, model.Host.Active);
        Assert.Equal(3U, (await model.AskAsync(model.Request(tokens: 3))).Finished.CompletionTokens);
    }

    [Fact]
    public async Task WhoIsCancelledLeavesTheQueue()
    {
        using var model = new HostedModel(parallel: 1, queue: 8);
        await using var reader = new SessionReader(model.Host);
        var held = new HeldDecoder(model.Host);
        reader.Submit(model.Request(tokens: 1));
        await held.ReachedAsync();
        var (first, waiting, last) = (model.Request(tokens: 5), model.Request(tokens: 5), model.Request(tokens: 5));
        reader.Submit(first);
        reader.Submit(waiting);
        reader.Submit(last);
        model.Host.Cancel(waiting.GenerationId);
        held.Dispose();

        var cancelled = await reader.ReadAsync(waiting.GenerationId);
        Assert.Equal((Finished.Types.Reason.Cancelled, 0U), (cancelled.Finished.Reason, cancelled.Finished.CompletionTokens));
        Assert.Equal(5U, (await reader.ReadAsync(first.GenerationId)).Finished.CompletionTokens);
        Assert.Equal([1U], Places(await reader.ReadAsync(last.GenerationId)));
    }

    private static IEnumerable<uint> Places(Answer answer) => answer.Events.Where(static e => e.Queued is not null).Select(static e => e.Queued.Position);
}
