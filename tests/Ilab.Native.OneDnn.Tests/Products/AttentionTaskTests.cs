using Ilab.Native.OneDnn.Products;
using Ilab.Native.OneDnn.Tests.Fixtures;

namespace Ilab.Native.OneDnn.Tests.Products;

/// <summary>Attention of many queries against the definition, in double precision.</summary>
[Collection(NativeCollection.Name)]
public sealed unsafe class AttentionTaskTests(Fixtures.Native native)
{
    [SkippableTheory]
    [InlineData(64, 64, 256, 2, 2, Seen.Causal)]
    [InlineData(64, 100, 256, 4, 2, Seen.Causal)]
    [InlineData(64, 512, 512, 2, 1, Seen.Causal)]
    [InlineData(128, 300, 1056, 8, 2, Seen.Causal)]
    [InlineData(64, 130, 288, 3, 3, Seen.Everything)]
    [InlineData(96, 65, 512, 2, 2, Seen.NoMask)]
    [InlineData(64, 200, 768, 2, 2, Seen.Islands)]
    public void ItIsSoftmaxOfTheScoresTimesTheValues(int depth, int queries, int keys, int heads, int keyHeads, Seen seen)
    {
        var accelerator = native.Required;
        using var graph = new AttentionGraph(depth, queries, keys, heads, keyHeads, seen);
        foreach (var (precision, most) in new[] { (Precision.Single, 2e-6), (Precision.Bfloat16, 6e-3) })
        {
            graph.Result.Fill(float.NaN);
            Run(accelerator, graph, precision);
            Assert.InRange(TestModel.Difference(graph.Exact(), graph.Result.ToArray()), 0, most);
        }
    }

    [SkippableFact]
    public void WhatIsNotOrdinaryIsLeftToTheLibrary()
    {
        _ = native.Required;
        using var few = new AttentionGraph(64, (int)AttentionNode.FewestQueries - 1, 256, 2, 2, Seen.Causal);
        using var odd = new AttentionGraph(40, 64, 256, 2, 2, Seen.Causal);
        using var good = new AttentionGraph(64, 64, 256, 2, 2, Seen.Causal);
        using var capped = new AttentionGraph(64, 64, 256, 2, 2, Seen.Causal);
        ((float*)capped.Node->op_params)[2] = 30;
        using var biased = new AttentionGraph(64, 64, 256, 2, 2, Seen.Causal);
        ((float*)biased.Node->op_params)[1] = 8;
        Assert.True(AttentionNode.IsOrdinary(good.Node));
        Assert.All(new[] { few, odd, capped, biased }, static graph => Assert.False(AttentionNode.IsOrdinary(graph.Node)));
    }

    private static void Run(Accelerator accelerator, AttentionGraph graph, Precision precision)
    {
        const int Threads = 2;
        using var planner = new ProductPlanner(accelerator.Kernels!);
        var lanes = stackalloc AttentionLane[Threads];
        AttentionTask task = default;
        Assert.True(AttentionNode.IsOrdinary(graph.Node));
        AttentionNode.Describe(graph.Node, 0, &task);
        task.Precision = precision;
        planner.Plan(&task, lanes, Threads);
        AttentionNode.Locate(graph.Node, &task);
        accelerator.Library!.UseOneThread();
        task.Run(1); // one lane does what the other leaves
        task.Run(0);
        Assert.Equal(0, task.Failed);
    }
}

/// <summary>What the mask shows.</summary>
public enum Seen
{
    NoMask,
    Everything,

    /// <summary>The last query sees the last key, each before it one less.</summary>
    Causal,

    /// <summary>Sequences that share the keys: each query sees keys of its own kind.</summary>
    Islands,
}
