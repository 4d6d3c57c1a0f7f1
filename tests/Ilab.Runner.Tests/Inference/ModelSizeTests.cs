using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Tests.Inference;

/// <summary>What a model would take is what it takes.</summary>
[Collection(NativeCompute.Name)]
public sealed class ModelSizeTests
{
    [Theory]
    [InlineData(256, 8)]
    [InlineData(512, 2)]
    public void CacheAndComputeAreTheSameAsOfTheLoadedModel(int context, int parallel)
    {
        using var model = new HostedModel(parallel: parallel);
        var spec = model.Spec with { ContextLength = context };
        var sized = new ModelLoader(spec, new NativeLogLines(static _ => { })).Size();
        using var loaded = new ModelLoader(spec, new NativeLogLines(static _ => { })).Load(static _ => true);
        var real = Assert.Single(loaded.Context.Memory());
        Assert.True(real.IsHost);
        Assert.Equal((real.Cache, real.Compute), (sized.Cache, sized.Compute));
        Assert.True(sized is { Cache: > 0, Compute: > 0, DeviceCache: 0, Draft: 0 });

        // Mapped weights begin at a page of the file.
        Assert.Equal((double)loaded.Model.Size, sized.Weights, loaded.Model.Size * 0.05);
    }

    [Fact]
    public void AModelThatGuessesIsPartOfIt()
    {
        using var model = new HostedModel();
        var sized = new ModelLoader(model.Spec with { Draft = model.Spec.Model }, new NativeLogLines(static _ => { })).Size();
        Assert.True(sized.Draft > sized.Weights);
    }

    [Fact]
    public void AFileThatIsNoneIsSaid()
    {
        using var model = new HostedModel();
        var spec = model.Spec with { Model = new SpecModel { Files = [typeof(ModelSizeTests).Assembly.Location] } };
        Assert.Equal("INVALID_MODEL", Assert.Throws<RunnerException>(() => new ModelLoader(spec, new NativeLogLines(static _ => { })).Size()).Kind);
    }
}
