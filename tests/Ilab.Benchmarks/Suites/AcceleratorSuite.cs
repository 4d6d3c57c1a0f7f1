using Ilab.Benchmarks.Measure;
using Ilab.Gguf;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// Steps of a runner with the CPU accelerator and without: prompts of several lengths, and decoding of several sequences at once. Models have random weights.
/// The two runners are asked in turn.
/// </summary>
/// <param name="shapes">Names of the shapes to measure; empty = all.</param>
/// <param name="types">Names of the types to measure; empty = all.</param>
internal sealed class AcceleratorSuite(IReadOnlyList<string> shapes, IReadOnlyList<string> types) : ISuite
{
    private static readonly (string Name, LlamaShape Shape, int Rounds)[] Shapes =
    [
        ("14M", LlamaShape.FourteenMillion, 7),
        ("110M", LlamaShape.HundredMillion, 5),
        ("1B", LlamaShape.Billion, 3),
        ("8x40M", LlamaShape.Mixture, 3),
    ];
    private static readonly GgmlType[] Types = [GgmlType.F32, GgmlType.BF16, GgmlType.Q8_0, GgmlType.Q4_K];
    private static readonly string[] Steps =
    [
        "prompt 32",
        "prompt 128",
        "prompt 512",
        "batch 1",
        "batch 2",
        "batch 4",
        "batch 8",
        "batch 16",
        "batch 32",
        "batch 64",
    ];

    public string Name => "accelerator";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        var repository = Installation.FindRepository();
        var folder = Directory.CreateTempSubdirectory("ilab-bench-").FullName;
        try
        {
            foreach (var (name, shape, rounds) in Shapes.Where(shape => shapes.Count == 0 || shapes.Contains(shape.Name)))
            {
                foreach (var type in Types.Where(type => types.Count == 0 || types.Contains($"{type}")))
                {
                    var model = Path.Combine(folder, $"{name}-{type}.gguf");
                    RandomLlama.Write(model, shape, name, type: type);
                    await CompareAsync(report, repository, folder, model, $"{name} {type}", rounds);
                    File.Delete(model);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(Report report, string repository, string records, string model, string name, int rounds)
    {
        await using var plain = await BenchRunner.StartAsync(repository, model, "--accelerator", "off");
        await using var accelerated = await BenchRunner.StartAsync(repository, model, "--accelerator", "auto", "--records", records);
        Console.Error.WriteLine($"  {name}: {accelerated.Note}");
        foreach (var step in Steps)
        {
            Sample without = new(),
                with = new();
            for (var round = -1; round < rounds; round++)
            {
                var (a, b) = (await plain.AskAsync(step), await accelerated.AskAsync(step));
                if (round >= 0)
                {
                    without.Add(a);
                    with.Add(b);
                }
            }

            var ratio = Sample.MedianRatio(with, without);
            var least = Least(name, step);
            report.Add($"{name}, {step}: plain", without, "tokens/s");
            report.Add($"{name}, {step}: accelerated", with, "tokens/s");
            report.Add($"{name}, {step}: accelerated / plain", ratio, "x", FormattableString.Invariant($">= {least} x"), ratio >= least);
        }
    }

    /// <summary>What has to be gained; nothing may lose.</summary>
    private static double Least(string model, string step) =>
        (model, step) switch
        {
            ("110M Q8_0", "prompt 512") => 2.5,
            ("110M Q8_0", "batch 4") => 2.2,
            ("110M Q8_0", "batch 16") => 2.0,
            ("1B Q8_0", "prompt 512") => 2.5,
            _ => 0.97,
        };
}
