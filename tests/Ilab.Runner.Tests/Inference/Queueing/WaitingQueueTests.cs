using Ilab.Runner.Inference.Queueing;

namespace Ilab.Runner.Tests.Inference.Queueing;

public sealed class WaitingQueueTests
{
    private static readonly Dictionary<string, int> Nobody = [];

    [Fact]
    public void TheMoreImportantFirstThenWhoCameFirst()
    {
        var queue = Filled(("synthesis", 2, "a"), ("batch", 1, "a"), ("first", 0, "a"), ("second", 0, "a"));

        Assert.Equal(["first", "second", "batch", "synthesis"], queue.InOrder(Nobody));
    }

    [Fact]
    public void CallersTakeTurnsHoweverMuchEachAsksFor()
    {
        var queue = Filled(("a1", 0, "a"), ("a2", 0, "a"), ("a3", 0, "a"), ("b1", 0, "b"), ("b2", 0, "b"), ("c1", 0, "c"));

        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3"], queue.InOrder(Nobody));
        Assert.Equal(["b1", "c1", "b2", "a1", "a2", "a3"], queue.InOrder(new Dictionary<string, int> { ["a"] = 2 }));
    }

    [Fact]
    public void WhatIsFullTakesNoMore()
    {
        var queue = new WaitingQueue<string>(2);

        Assert.True(queue.TryAdd("one", 0, "a"));
        Assert.True(queue.TryAdd("two", 0, "a"));
        Assert.False(queue.TryAdd("three", 0, "b"));
        queue.Remove("one");
        Assert.True(queue.TryAdd("three", 0, "b"));
        Assert.Equal(["two"], queue.RemoveAll(static item => item == "two"));
        Assert.Equal(["three"], queue.InOrder(Nobody));
    }

    [Fact]
    public void TheLongerTheQueueTheLaterItIsWorthTrying()
    {
        var estimate = new WaitEstimate();
        for (var request = 0; request < 50; request++)
        {
            estimate.Note(TimeSpan.FromSeconds(10));
        }

        Assert.InRange(estimate.RetryAfter(waiting: 0, running: 4).TotalSeconds, 10, 11);
        Assert.InRange(estimate.RetryAfter(waiting: 80, running: 4).TotalSeconds, 110, 111);
        Assert.Equal(TimeSpan.FromMinutes(10), estimate.RetryAfter(waiting: 10_000, running: 1));
    }

    private static WaitingQueue<string> Filled(params (string Item, uint Priority, string Caller)[] entries)
    {
        var queue = new WaitingQueue<string>(entries.Length);
        foreach (var (item, priority, caller) in entries)
        {
            Assert.True(queue.TryAdd(item, priority, caller));
        }

        return queue;
    }
}
