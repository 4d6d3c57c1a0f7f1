using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Scheduling;

namespace Ilab.Engine.Tests.Serving.Scheduling;

/// <summary>What is planned for a model that another one guesses for.</summary>
public sealed class SpecFactoryTests
{
    private static readonly ModelShape Large = new()
    {
        Weights = 4L << 30,
        Parameters = 4L << 30,
        Layers = 8,
        KvHeads = 8,
        HeadDimension = 64,
        Embedding = 512,
        Vocabulary = 1000,
        TrainedContext = 1024,
    };

    private static readonly ModelShape Small = Large with { Weights = 1L << 30, Parameters = 1L << 30, Layers = 2 };

    [Theory]
    [InlineData("cpu", null, true)]
    [InlineData("cuda0", 0, true)] // all of the larger one is on the CPU: the draft model, too
    [InlineData("cuda0", 4, false)]
    [InlineData("cuda0", null, false)]
    public void MemoryOfADraftModelIsPlannedWhereItIsLoaded(string device, int? layers, bool isOnCpu)
    {
        var settings = new LoadSettings { Device = device, GpuLayers = layers };
        var (with, without) = (Plans(settings, Small), Plans(settings, null));
        Assert.Equal(without.Count, with.Count);
        foreach (var (more, less) in with.Zip(without))
        {
            var draft = MemoryPlan.For(Small, more.ContextLength, more.Cells / more.ContextLength, 512);
            var (onDevice, onHost) = (more.Memory - less.Memory, more.HostMemory - less.HostMemory);
            if (isOnCpu)
            {
                Assert.Equal(draft.Weights + draft.KvCache + draft.Compute, onDevice + onHost);
                Assert.Equal(device == "cpu", onHost == 0);
                Assert.Equal(device != "cpu", onDevice == 0);
            }
            else
            {
                Assert.Equal(draft.Weights + draft.KvCache + draft.Compute, onDevice);
                Assert.InRange(onHost, 1, draft.Weights); // the table of tokens
            }
        }
    }

    private static IReadOnlyList<PlacementPlan> Plans(LoadSettings settings, ModelShape? draft)
    {
        var options = new EngineOptions
        {
            StoreDirectory = "/nonexistent",
            RuntimeDirectory = "/nonexistent",
            RunnerPath = "",
            Accelerator = AcceleratorMode.Off,
            Parallel = 4,
        };
        DeviceSnapshot[] devices =
        [
            new()
            {
                Id = DeviceMemory.Cpu,
                Name = "",
                Budget = 64L << 30,
            },
            new()
            {
                Id = "cuda0",
                Name = "",
                Budget = 64L << 30,
            },
        ];
        using var model = Model("large", Large, draft is null ? null : Model("small", draft, null));
        return new SpecFactory(options, new AcceleratorProbe(options)).Plans(model, settings, devices);
    }

    private static ServingModel Model(string name, ModelShape shape, ServingModel? draft) =>
        new(null)
        {
            Key = name,
            Digest = "",
            Name = name,
            Files = [],
            Shape = shape,
            Draft = draft,
        };
}
