using Ilab.Engine.Serving.Devices;

namespace Ilab.Engine.Tests.Serving.Devices;

public sealed class MemoryPlanTests
{
    // Llama 3 8B: the figure people know is 128 KiB of keys and values for each token.
    private static readonly ModelShape EightB = new()
    {
        Weights = 8L << 30,
        Layers = 32,
        KvHeads = 8,
        HeadDimension = 128,
        Embedding = 4096,
        Vocabulary = 128256,
        TrainedContext = 131072,
    };

    [Fact]
    public void The_cache_grows_with_context_and_sequences()
    {
        Assert.Equal(128L * 1024 * 8192, MemoryPlan.For(EightB, 8192, 1, 512).KvCache);
        Assert.Equal(128L * 1024 * 8192 * 4, MemoryPlan.For(EightB, 8192, 4, 512).KvCache);
    }

    [Fact]
    public void The_whole_is_more_than_weights_and_cache_and_not_absurdly_more()
    {
        var plan = MemoryPlan.For(EightB, 8192, 1, 512);

        Assert.InRange(plan.Total - plan.Weights - plan.KvCache, 100L << 20, 1L << 30);
    }

    [Theory]
    [InlineData(0, 0, 2048, 2048)]
    [InlineData(0, 0, 131072, 8192)]
    [InlineData(0, 16384, 131072, 16384)]
    [InlineData(0, 16384, 512, 512)]
    [InlineData(1024, 16384, 512, 1024)]
    [InlineData(0, 0, 0, 4096)]
    public void The_context_is_what_was_asked_for_else_what_is_sensible(int asked, int configured, int trained, int expected) =>
        Assert.Equal(expected, MemoryPlan.ChooseContext(asked, configured, trained));
}
