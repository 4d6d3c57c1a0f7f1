using Ilab.Engine.Serving.Devices;

namespace Ilab.Engine.Tests.Serving.Devices;

public sealed class GpuMemoryPlanTests
{
    // 1000 bytes of weights for 1000 parameters, 100 of them in the table of embeddings.
    private static readonly ModelShape Shape = new()
    {
        Weights = 1000,
        Parameters = 1000,
        Layers = 10,
        Vocabulary = 10,
        Embedding = 10,
    };
    private static readonly MemoryPlan Whole = new(1000, 200, 50);

    [Fact]
    public void Layers_take_weights_and_cache_with_them()
    {
        var plan = GpuMemoryPlan.For(Shape, Whole, 4);
        Assert.Equal(new GpuMemoryPlan(4, 360 + 80 + 50 + GpuMemoryPlan.Context, 640 + 120 + 50 + MemoryPlan.Process), plan);
    }

    [Fact]
    public void A_whole_model_leaves_the_table_of_embeddings_on_the_cpu()
    {
        var plan = GpuMemoryPlan.For(Shape, Whole, 999);
        Assert.Equal(new GpuMemoryPlan(10, 1250 + GpuMemoryPlan.Context, 100 + MemoryPlan.Process), plan);
    }

    [Fact]
    public void More_layers_never_take_less()
    {
        var sizes = Enumerable.Range(1, 10).Select(layers => GpuMemoryPlan.For(Shape, Whole, layers).Device).ToList();
        Assert.Equal(sizes.Order(), sizes);
    }
}
