using System.Text.Json;
using Ilab.Benchmarks.Measure;
using Ilab.Gguf;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// Plans against reality: what `ilab-runner plan` says without taking memory, and the peak of the whole runner (VmHWM, with program and libraries) over real
/// training steps and the writing of the result.
/// </summary>
/// <param name="shapes">Names of the shapes to measure; empty = all.</param>
internal sealed class MemorySuite(IReadOnlyList<string> shapes) : ISuite
{
    private const int Rank = 8,
        Steps = 3,
        Context = 2048;

    private const double Tolerance = 0.15;

    private const string Smol = "SmolLM2-135M";

    private static readonly (string Name, TransformerShape Shape)[] Shapes =
    [
        ("14M", TransformerShape.FourteenMillion with { ContextLength = Context }),
        ("110M", TransformerShape.HundredMillion with { ContextLength = Context }),
        (Smol, new TransformerShape("llama", 576, 1536, 30, 9, 3, 49152) { IsTied = true, ContextLength = Context }),
    ];

    private static readonly Case[] Cases =
    [
        new("14M", GgmlType.F32, "lora", 4, 256),
        new("14M", GgmlType.F32, "lora", 4, 256, IsRecomputed: true),
        new("14M", GgmlType.F32, "lora", 1, 2048),
        new("14M", GgmlType.F32, "lora", 16, 256, Accelerator: "off"),
        new("14M", GgmlType.Q8_0, "qlora", 8, 512),
        new("14M", GgmlType.Q8_0, "qlora", 8, 512, IsRecomputed: true),
        new("14M", GgmlType.F32, "full", 4, 256),
        new("14M", GgmlType.F32, "full", 2, 1024, IsRecomputed: true),
        new("14M", GgmlType.F32, "scratch", 4, 256),
        new("110M", GgmlType.F32, "lora", 2, 256),
        new("110M", GgmlType.F32, "lora", 2, 256, Accelerator: "off"),
        new("110M", GgmlType.F32, "lora", 4, 512, IsRecomputed: true),
        new("110M", GgmlType.Q8_0, "qlora", 2, 256),
        new("110M", GgmlType.Q8_0, "qlora", 1, 1024, Accelerator: "off"),
        new("110M", GgmlType.F32, "full", 1, 256),
        new("110M", GgmlType.F32, "full", 2, 256, IsRecomputed: true),
        new(Smol, GgmlType.Q4_1, "qlora", 1, 256),
        new(Smol, GgmlType.Q4_1, "qlora", 2, 512, IsRecomputed: true),
        new("14M", GgmlType.F32, "full", 1, 2048),
        new("110M", GgmlType.Q8_0, "qlora", 8, 256),
        new("110M", GgmlType.F32, "full", 4, 512, IsRecomputed: true),
        new(Smol, GgmlType.Q4_1, "qlora", 1, 1536, IsRecomputed: true),
    ];

    public string Name => "memory";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("ilab-bench-").FullName;
        var repository = Installation.FindRepository();
        var program = TrainingProcess.Program(repository);
        var errors = new Sample();
        foreach (var one in Cases.Where(one => shapes.Count == 0 || shapes.Contains(one.Shape)))
        {
            var model = Model(folder, one);
            var data = Path.Combine(folder, "data.jsonl");
            await File.WriteAllLinesAsync(data, Records(one.Batch * 2, one.Length), cancellationToken);
            var training = new
            {
                type = one.Type,
                data,
                rank = Rank,
                alpha = 16,
                steps = Steps,
                batchSize = one.Batch,
                schedule = "constant",
                maxLength = one.Length,
                checkpointInterval = 0,
                gradientCheckpointing = one.IsRecomputed,
                precision = one.Accelerator == "off" ? "f32" : "auto",
            };
            var planned = await PlanProcess.OfTrainingAsync(program, folder, model, one.Accelerator, training, cancellationToken);
            var outcome = await TrainingProcess.RunAsync(repository, folder, model, one.Accelerator, training, cancellationToken);
            var ratio = planned / outcome.Memory;
            errors.Add(Math.Abs(ratio - 1) * 100);
            report.Add($"{one.Name}: planned", planned / 1e6, "MB");
            report.Add($"{one.Name}: peak", outcome.Memory / 1e6, "MB");
            report.Add($"{one.Name}: planned / peak", ratio, "x", "0.85 to 1.15 x", Math.Abs(ratio - 1) <= Tolerance);
        }

        if (errors.Count > 0)
        {
            report.Add("plans and peaks differ by", errors, "%");
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The model itself where it lies beside the checkout, else random weights of its shape.</summary>
    private static string Model(string folder, Case one)
    {
        if (one.Shape == Smol && TestPaths.Shared is { } all && Path.Combine(all, "models", $"{one.Shape}-Instruct.{one.Weights}.gguf") is var shared)
        {
            if (File.Exists(shared))
            {
                return shared;
            }
        }

        var shape = Shapes.First(shape => shape.Name == one.Shape).Shape;
        var model = Path.Combine(folder, $"{one.Shape}-{one.Weights}.gguf");
        if (!File.Exists(model))
        {
            RandomTransformer.Write(model, shape with { Type = one.Weights });
        }

        return model;
    }

    /// <summary>Texts longer than a sequence: every batch is full, and half of each is learned.</summary>
    private static IEnumerable<string> Records(int count, int length)
    {
        var random = new Random(3);
        string Text(int size) => new([.. Enumerable.Range(0, size).Select(_ => (char)('a' + random.Next(26)))]);
        return Enumerable.Range(0, count).Select(_ => JsonSerializer.Serialize(new { prompt = Text((length / 2) - 4), completion = Text((length / 2) - 1) }));
    }

    private sealed record Case(string Shape, GgmlType Weights, string Type, int Batch, int Length, bool IsRecomputed = false, string Accelerator = "auto")
    {
        public string Name =>
            $"{Shape} {Weights} {Type}, {Batch} x {Length}{(IsRecomputed ? ", recomputed" : "")}{(Accelerator == "off" ? ", ggml alone" : "")}";
    }
}
