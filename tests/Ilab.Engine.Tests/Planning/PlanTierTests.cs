using System.Text.Json;
using Ilab.Engine.Hosting;
using Ilab.Engine.Planning;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Training;
using Ilab.Gguf;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Engine.Tests.Planning;

/// <summary>The tiers of plans agree: what a runner lays out, what the header says, and what is usual for the number of parameters.</summary>
public sealed class PlanTierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly (string Name, TransformerShape Shape)[] Shapes =
    [
        ("14M", TransformerShape.FourteenMillion),
        ("110M", TransformerShape.HundredMillion),
        ("135M", new("llama", 576, 1536, 30, 9, 3, 49152) { IsTied = true }),
        ("0.6B", new("qwen3", 1024, 3072, 28, 16, 8, 151936) { IsTied = true }),
        ("1B", new("llama", 2048, 8192, 16, 32, 8, 128256) { IsTied = true }),
        ("7B", new("llama", 4096, 11008, 32, 32, 32, 32000)),
        ("8B", new("llama", 4096, 14336, 32, 32, 8, 128256)),
        ("granite", new("granite", 2048, 8192, 40, 32, 8, 49152) { IsTied = true }),
        ("phi3", new("phi3", 3072, 8192, 32, 32, 32, 32064)),
        ("gemma3", new("gemma3", 1152, 6912, 26, 4, 1, 262144) { IsTied = true }),
    ];

    private static readonly TrainingSpec[] Specs =
    [
        new() { Rank = 8, BatchSize = 4, MaxLength = 256 },
        new() { Rank = 8, BatchSize = 1, MaxLength = 2048 },
        new() { Rank = 16, BatchSize = 2, MaxLength = 512, GradientCheckpointing = true },
        new() { Type = "full", BatchSize = 4, MaxLength = 256 },
        new() { Type = "full", BatchSize = 1, MaxLength = 1024, GradientCheckpointing = true },
    ];

    [Fact]
    public async Task Explore()
    {
        await using var output = new StreamWriter(Environment.GetEnvironmentVariable("ILAB_TEST_TIERS") ?? "/dev/null");
        foreach (var (name, shape) in Shapes)
        {
            foreach (var type in (GgmlType[])[GgmlType.F32, GgmlType.BF16, GgmlType.Q8_0, GgmlType.Q4_K])
            {
                var path = Path.Combine(_folder.Path, $"{name}-{type}.gguf");
                RandomTransformer.Write(path, shape with { Type = type, IsHollow = true, ContextLength = 4096 });
                var summary = GgufSummary.Read([path]);
                foreach (var mode in (string[])["auto", "off"])
                {
                    await using var sizer = new RunnerSizer(new EngineOptions { StoreDirectory = _folder.Path, RuntimeDirectory = _folder.Path, RunnerPath = TestPaths.Runner });
                    foreach (var spec in Specs)
                    {
                        if (spec.IsWhole && type != GgmlType.F32)
                        {
                            continue;
                        }

                        var runner = new RunnerSpec
                        {
                            Kind = RunnerKinds.Train,
                            Id = "plan",
                            Model = new SpecModel { Files = [path], Name = "m" },
                            Threads = 2,
                            Accelerator = new AcceleratorSpec { Mode = mode == "auto" ? AcceleratorSpec.Auto : AcceleratorSpec.Off, Records = _folder.Path },
                            Training = spec,
                        };
                        try
                        {
                            var need = await sizer.TrainingAsync(runner, default);
                            var computed = TrainingFormula.Of(summary, spec, mode == "auto");
                            await output.WriteLineAsync(
                                JsonSerializer.Serialize(new { name, type = type.ToString(), mode, spec, summary, need, computed })
                            );
                        }
                        catch (Exception exception)
                        {
                            await output.WriteLineAsync(JsonSerializer.Serialize(new { name, type = type.ToString(), mode, error = exception.Message }));
                        }

                        await output.FlushAsync();
                    }
                }

                File.Delete(path);
            }
        }
    }
}
