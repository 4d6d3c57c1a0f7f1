using System.Text.Json;
using Ilab.Benchmarks.Measure;
using Ilab.Gguf;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// LoRA, full and scratch training side by side with a PyTorch implementation of the same model, in turn on the same machine. Random weights; every sequence is as
/// long as the batch allows, and its second half is learned.
/// </summary>
/// <param name="shapes">Names of the shapes to measure; empty = all.</param>
/// <param name="kinds">Names of the kinds to measure; empty = all.</param>
internal sealed class TrainingSuite(IReadOnlyList<string> shapes, IReadOnlyList<string> kinds) : ISuite
{
    private const int Length = 256, Rank = 8;

    private static readonly (string Name, TransformerShape Shape, int Batch, int Steps, double Bar)[] Shapes =
        [("14M", TransformerShape.FourteenMillion, 4, 60, 1.5), ("110M", TransformerShape.HundredMillion, 2, 16, 1.3)];

    private static readonly (string Name, GgmlType Type, string Accelerator, string Precision, string Training)[] Kinds =
    [
        ("f32", GgmlType.F32, "off", "f32", "lora"), ("f32-onednn", GgmlType.F32, "auto", "f32", "lora"), ("best", GgmlType.F32, "auto", "auto", "lora"),
        ("qlora", GgmlType.Q8_0, "auto", "auto", "qlora"), ("qlora-plain", GgmlType.Q8_0, "off", "f32", "qlora"), ("full", GgmlType.F32, "auto", "auto", "full"), ("scratch", GgmlType.F32, "auto", "auto", "scratch"),
    ];

    public string Name => "training";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        var repository = Installation.FindRepository();
        var folder = Directory.CreateTempSubdirectory("ilab-bench-").FullName;
        var data = Path.Combine(folder, "data.jsonl");
        foreach (var (name, shape, batch, steps, bar) in Shapes.Where(shape => shapes.Count == 0 || shapes.Contains(shape.Name)))
        {
            await File.WriteAllLinesAsync(data, Records(batch * 8), cancellationToken);
            var rates = new Dictionary<string, TrainingOutcome>();
            foreach (var (kind, type, accelerator, precision, training) in Kinds.Where(kind => kinds.Count == 0 || kinds.Contains(kind.Name)))
            {
                var model = Path.Combine(folder, $"{name}-{type}.gguf");
                if (!File.Exists(model))
                {
                    RandomTransformer.Write(model, shape with { Type = type });
                }

                rates[kind] = await TrainingProcess.RunAsync(
                    repository, folder, model, accelerator,
                    new { type = training, data, rank = Rank, alpha = 16, steps, batchSize = batch, learningRate = 1e-3, schedule = "constant", maxLength = Length, checkpointInterval = 0, precision },
                    cancellationToken);
                Tell(report, $"{name} {kind}", rates[kind]);
            }

            await CompareAsync(report, repository, name, shape, (batch, steps, bar), rates, cancellationToken);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task CompareAsync(Report report, string repository, string name, TransformerShape shape, (int Batch, int Steps, double Bar) run, Dictionary<string, TrainingOutcome> rates, CancellationToken cancellationToken)
    {
        foreach (var (precision, kind, compared) in Peers(run.Bar))
        {
            if (!compared.Any(one => rates.ContainsKey(one.Own)))
            {
                continue;
            }

            string[] arguments = [$"{shape.Embedding},{shape.FeedForward},{shape.Layers},{shape.Heads},{shape.Vocabulary}", precision, $"{Length}", $"{run.Batch}", $"{Rank}", $"{run.Steps}", $"{Environment.ProcessorCount}", kind];
            if (await TrainingProcess.PeerAsync(repository, arguments, cancellationToken) is { } peer)
            {
                report.Add($"{name} PyTorch {precision} {kind}", peer.TokensPerSecond, "tokens/s");
                report.Add($"{name} PyTorch {precision} {kind}: peak memory", peer.Memory / 1e6, "MB");
                foreach (var (own, bar) in compared.Where(one => rates.ContainsKey(one.Own)))
                {
                    var ratio = rates[own].TokensPerSecond / peer.TokensPerSecond;
                    report.Add($"{name} {own} / PyTorch {precision} {kind}", ratio, "x", bar > 0 ? FormattableString.Invariant($">= {bar} x") : "", bar > 0 ? ratio >= bar : null);
                }
            }
        }

        if (rates.TryGetValue("best", out var best) && rates.TryGetValue("f32", out var exact))
        {
            var off = Math.Abs((best.FinalLoss / exact.FinalLoss) - 1);
            report.Add($"{name} final loss, best against f32", off * 100, "%", "<= 2 %", off <= 0.02);
        }
    }

    private static (string Precision, string Kind, (string Own, double Bar)[] Compared)[] Peers(double bar) =>
        [("f32", "lora", [("f32", 1.5), ("f32-onednn", 1.5)]), ("bf16", "lora", [("best", bar), ("qlora", 0)]), ("bf16", "full", [("full", 0)])];

    private static void Tell(Report report, string what, TrainingOutcome outcome)
    {
        report.Add(what, outcome.TokensPerSecond, "tokens/s");
        report.Add($"{what}: peak memory", outcome.Memory / 1e6, "MB");
        report.Add($"{what}: planned / peak memory", outcome.PlannedMemory / outcome.Memory, "x", "0.8 to 1.2 x", outcome.PlannedMemory / outcome.Memory is > 0.8 and < 1.2);
        report.Add($"{what}: planned / taken time", outcome.PlannedSeconds / outcome.Seconds, "x", "0.8 to 1.2 x", outcome.PlannedSeconds / outcome.Seconds is > 0.8 and < 1.2);
        report.Add($"{what}: loss from {outcome.FirstLoss:0.000} to", outcome.FinalLoss, "");
    }

    /// <summary>Tokens are bytes: begin, three of the first space, 252 characters.</summary>
    private static IEnumerable<string> Records(int count)
    {
        var random = new Random(3);
        string Text(int length) => new([.. Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(26)))]);
        return Enumerable.Range(0, count).Select(_ => JsonSerializer.Serialize(new { prompt = Text(124), completion = Text(127) }));
    }
}
