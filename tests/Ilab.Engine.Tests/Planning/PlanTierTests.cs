using System.Globalization;
using System.Text;
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

/// <summary>
/// The tiers of plans agree: what a runner lays out, what the header says, and what is usual for the number of parameters. The models are headers without
/// weights. ILAB_TEST_TIERS names a file for the whole table.
/// </summary>
[Collection(NativeCompute.Name)]
public sealed class PlanTierTests : IDisposable
{
    /// <summary>By how much the header may differ from what is laid out, and by how much what is usual for a size may.</summary>
    private const double OfHeader = 0.15,
        OfParameters = 0.15;

    private const int Threads = 2;

    /// <summary>Names as published models of these shapes have them.</summary>
    private static readonly (string Name, TransformerShape Shape)[] Shapes =
    [
        ("small-135M", new("llama", 576, 1536, 30, 9, 3, 49152) { IsTied = true }),
        ("qwen-0.6B", new("qwen3", 1024, 3072, 28, 16, 8, 151936) { IsTied = true }),
        ("llama-1.2B", new("llama", 2048, 8192, 16, 32, 8, 128256) { IsTied = true }),
        ("llama-8B", new("llama", 4096, 14336, 32, 32, 8, 128256)),
        ("", TransformerShape.FourteenMillion),
        ("", TransformerShape.HundredMillion),
        ("", new("llama", 4096, 11008, 32, 32, 32, 32000)),
        ("", new("granite", 2048, 8192, 40, 32, 8, 49152) { IsTied = true }),
        ("", new("phi3", 3072, 8192, 32, 32, 32, 32064)),
        ("", new("gemma3", 1152, 6912, 26, 4, 1, 262144) { IsTied = true }),
    ];

    private static readonly TrainingSpec[] Specs =
    [
        new() { BatchSize = 4, MaxLength = 256 },
        new() { BatchSize = 1, MaxLength = 2048 },
        new()
        {
            Rank = 16,
            BatchSize = 2,
            MaxLength = 512,
            GradientCheckpointing = true,
        },
        new()
        {
            Type = "full",
            BatchSize = 4,
            MaxLength = 256,
        },
        new()
        {
            Type = "full",
            BatchSize = 1,
            MaxLength = 1024,
            GradientCheckpointing = true,
        },
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly StringBuilder _table = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(AcceleratorSpec.Auto, GgmlType.F32)]
    [InlineData(AcceleratorSpec.Auto, GgmlType.BF16)]
    [InlineData(AcceleratorSpec.Off, GgmlType.F32)]
    [InlineData(AcceleratorSpec.Off, GgmlType.Q8_0)]
    [InlineData(AcceleratorSpec.Off, GgmlType.Q4_K)]
    public async Task TheyAgreeForModelsOfManyShapes(string accelerator, GgmlType type)
    {
        var (wrong, compared) = (new List<string>(), 0);
        foreach (var (name, shape) in Shapes.Where(one => type != GgmlType.Q4_K || (one.Shape.Embedding % 256 == 0 && one.Shape.FeedForward % 256 == 0)))
        {
            var path = Path.Combine(_folder.Path, $"{shape.Architecture}-{shape.Embedding}-{type}.gguf");
            RandomTransformer.Write(path, shape with { Type = type, IsHollow = true, ContextLength = 4096 });
            var header = GgufSummary.Read([path]);
            await using var sizer = new RunnerSizer(Options());
            foreach (var spec in Specs.Where(spec => !spec.IsWhole || type == GgmlType.F32))
            {
                var measured = await sizer.TrainingAsync(Runner(path, accelerator, spec), CancellationToken.None);
                var lanes = measured.Scratch > 0 ? Threads : 0;
                Compare(measured, TrainingFormula.Of(header, spec, lanes), OfHeader, "header");
                if (name.Length > 0)
                {
                    var usual = GuessedModel.OfParameters(header.Parameters, 8.0 * header.Size / header.Parameters);
                    Compare(measured, TrainingFormula.Of(usual, spec, lanes), OfParameters, "parameters");
                    var named = GuessedModel.OfName(name)!.Parameters / (double)header.Parameters;
                    Assert.InRange(named, 0.8, 1.2);
                }

                void Compare(TrainingNeed real, TrainingNeed computed, double tolerance, string tier)
                {
                    compared++;
                    var ratio = computed.Total / (double)real.Total;
                    var line = string.Create(
                        CultureInfo.InvariantCulture,
                        $"{shape.Architecture} {shape.Embedding} {type} {accelerator} {spec.Type} {spec.BatchSize}x{spec.MaxLength}"
                            + $"{(spec.GradientCheckpointing ? " recomputed" : "")}: {tier} {ratio:0.00} of {real.Total / 1e6:0} MB"
                    );
                    _table.AppendLine(line);
                    if (Math.Abs(ratio - 1) > tolerance)
                    {
                        wrong.Add(line);
                    }
                }
            }
        }

        if (Environment.GetEnvironmentVariable("ILAB_TEST_TIERS") is { Length: > 0 } file)
        {
            await File.AppendAllTextAsync(file, _table.ToString());
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(compared > 10);
    }

    private EngineOptions Options() =>
        new()
        {
            StoreDirectory = _folder.Path,
            RuntimeDirectory = _folder.Path,
            RunnerPath = TestPaths.Runner,
        };

    private RunnerSpec Runner(string model, string accelerator, TrainingSpec spec) =>
        new()
        {
            Kind = RunnerKinds.Train,
            Id = "plan",
            Model = new SpecModel { Files = [model], Name = "model" },
            Threads = Threads,
            Accelerator = new AcceleratorSpec { Mode = accelerator, Records = _folder.Path },
            Training = spec,
        };
}
