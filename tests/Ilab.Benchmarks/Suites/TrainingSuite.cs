using System.Text.Json;
using Ilab.Benchmarks.Measure;
using Ilab.Gguf;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// LoRA, full and scratch training side by side with a PyTorch implementation of the same model, in turn on the same machine. Random weights; every sequence is
/// as long as the batch allows, and its second half is learned. What has a bar is run several times, each time beside its peer.
/// </summary>
/// <param name="shapes">Names of the shapes to measure; empty = all.</param>
/// <param name="kinds">Names of the kinds to measure; empty = all.</param>
internal sealed class TrainingSuite(IReadOnlyList<string> shapes, IReadOnlyList<string> kinds) : ISuite
{
    private const int Length = 256,
        Rank = 8,
        Rounds = 3;

    private static readonly (string Name, TransformerShape Shape, int Batch, int Steps, double Bar)[] Shapes =
    [
        ("14M", TransformerShape.FourteenMillion, 4, 60, 1.5),
        ("14M qwen3", TransformerShape.FourteenMillion with { Architecture = "qwen3" }, 4, 60, 0),
        ("14M gemma3", TransformerShape.FourteenMillion with { Architecture = "gemma3", IsTied = true }, 4, 60, 0),
        ("14M phi3", TransformerShape.FourteenMillion with { Architecture = "phi3" }, 4, 60, 0),
        ("110M", TransformerShape.HundredMillion, 2, 16, 1.3),
    ];

    private static readonly Kind[] Kinds =
    [
        new("f32", GgmlType.F32, "off", "f32", "lora"),
        new("f32-onednn", GgmlType.F32, "auto", "f32", "lora"),
        new("best", GgmlType.F32, "auto", "auto", "lora"),
        new("qlora", GgmlType.Q8_0, "auto", "auto", "qlora"),
        new("qlora-plain", GgmlType.Q8_0, "off", "f32", "qlora"),
        new("full", GgmlType.F32, "auto", "auto", "full"),
        new("scratch", GgmlType.F32, "auto", "auto", "scratch"),
    ];

    public string Name => "training";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("ilab-bench-").FullName;
        var llama = new Dictionary<string, TrainingSamples>();
        foreach (var (name, shape, batch, steps, bar) in Shapes.Where(shape => shapes.Count == 0 || shapes.Contains(shape.Name)))
        {
            await File.WriteAllLinesAsync(Path.Combine(folder, "data.jsonl"), Records(batch * 8), cancellationToken);
            var wanted = Kinds.Where(kind => kinds.Count == 0 || kinds.Contains(kind.Name)).ToArray();
            var isLlama = shape.Architecture == "llama";
            var peers = Peers(bar).Where(peer => isLlama && peer.Compared.Any(one => wanted.Any(kind => kind.Name == one.Own))).ToArray();
            var owns = wanted.ToDictionary(static kind => kind.Name, static _ => new TrainingSamples());
            var theirs = peers.ToDictionary(static peer => peer.Name, static _ => new TrainingSamples());
            var run = new Run(folder, name, shape, batch, steps);
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var peer in peers.Where(peer => round == 0 || peer.Compared.Any(one => one.Bar > 0 && owns.ContainsKey(one.Own))))
                {
                    if (await run.PeerAsync(peer, cancellationToken) is { } outcome)
                    {
                        theirs[peer.Name].Add(outcome.TokensPerSecond, outcome.Memory);
                    }

                    foreach (var kind in wanted.Where(kind => peer.Compared.Any(one => one.Own == kind.Name && (round == 0 || one.Bar > 0))))
                    {
                        owns[kind.Name].Add(await run.OwnAsync(kind, cancellationToken));
                    }
                }

                foreach (var kind in wanted.Where(kind => owns[kind.Name].Rate.Count == 0))
                {
                    owns[kind.Name].Add(await run.OwnAsync(kind, cancellationToken));
                }
            }

            Tell(report, name, owns, theirs, peers);
            foreach (var (kind, own) in owns.Where(own => isLlama || llama.ContainsKey(own.Key)))
            {
                if (name == "14M")
                {
                    llama[kind] = own;
                }
                else if (!isLlama)
                {
                    var ratio = own.Rate.Median / llama[kind].Rate.Median;
                    report.Add($"{name} {kind} / 14M {kind}", ratio, "x", ">= 0.8 x", ratio >= 0.8);
                }
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    private static void Tell(Report report, string name, Dictionary<string, TrainingSamples> owns, Dictionary<string, TrainingSamples> theirs, Peer[] peers)
    {
        foreach (var (kind, own) in owns)
        {
            report.Add($"{name} {kind}", own.Rate, "tokens/s");
            report.Add($"{name} {kind}: peak memory", own.Memory, "MB");
            report.Add($"{name} {kind}: planned / peak memory", own.PlannedMemory, "x", "0.8 to 1.2 x", own.PlannedMemory.Median is > 0.8 and < 1.2);
            report.Add($"{name} {kind}: planned / taken time", own.PlannedTime, "x", "0.8 to 1.2 x", own.PlannedTime.Median is > 0.8 and < 1.2);
            report.Add($"{name} {kind}: loss from {own.FirstLoss:0.000} to", own.FinalLoss, "");
        }

        foreach (var peer in peers.Where(peer => theirs[peer.Name].Rate.Count > 0))
        {
            report.Add($"{name} PyTorch {peer.Name}", theirs[peer.Name].Rate, "tokens/s");
            report.Add($"{name} PyTorch {peer.Name}: peak memory", theirs[peer.Name].Memory, "MB");
            foreach (var (kind, bar) in peer.Compared.Where(one => owns.ContainsKey(one.Own)))
            {
                var ratio = Sample.MedianRatio(owns[kind].Rate, theirs[peer.Name].Rate);
                report.Add(
                    $"{name} {kind} / PyTorch {peer.Name}",
                    ratio,
                    "x",
                    bar > 0 ? FormattableString.Invariant($">= {bar} x") : "",
                    bar > 0 ? ratio >= bar : null
                );
            }
        }

        if (owns.TryGetValue("best", out var best) && owns.TryGetValue("f32", out var exact))
        {
            var off = Math.Abs((best.FinalLoss / exact.FinalLoss) - 1);
            report.Add($"{name} final loss, best against f32", off * 100, "%", "<= 2 %", off <= 0.02);
        }
    }

    private static Peer[] Peers(double bar) =>
        [new("f32", "lora", [("f32", 0), ("f32-onednn", 1.5)]), new("bf16", "lora", [("best", bar), ("qlora", 0)]), new("bf16", "full", [("full", 0)])];

    /// <summary>Tokens are bytes: begin, three of the first space, 252 characters.</summary>
    private static IEnumerable<string> Records(int count)
    {
        var random = new Random(3);
        string Text(int length) => new([.. Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(26)))]);
        return Enumerable.Range(0, count).Select(_ => JsonSerializer.Serialize(new { prompt = Text(124), completion = Text(127) }));
    }

    private sealed record Kind(string Name, GgmlType Type, string Accelerator, string Precision, string Training);

    private sealed record Peer(string Precision, string Training, (string Own, double Bar)[] Compared)
    {
        public string Name => $"{Precision} {Training}";
    }

    /// <summary>One shape, trained by either side.</summary>
    private sealed record Run(string Folder, string Name, TransformerShape Shape, int Batch, int Steps)
    {
        private readonly string _repository = Installation.FindRepository();

        public async Task<TrainingOutcome> OwnAsync(Kind kind, CancellationToken cancellationToken)
        {
            var model = Path.Combine(Folder, $"{Name}-{kind.Type}.gguf");
            if (!File.Exists(model))
            {
                RandomTransformer.Write(model, Shape with { Type = kind.Type });
            }

            var data = Path.Combine(Folder, "data.jsonl");
            var outcome = await TrainingProcess.RunAsync(
                _repository,
                Folder,
                model,
                kind.Accelerator,
                new
                {
                    type = kind.Training,
                    data,
                    rank = Rank,
                    alpha = 16,
                    steps = Steps,
                    batchSize = Batch,
                    learningRate = 1e-3,
                    schedule = "constant",
                    maxLength = Length,
                    checkpointInterval = 0,
                    precision = kind.Precision,
                },
                cancellationToken
            );
            Console.Error.WriteLine(FormattableString.Invariant($"  {Name} {kind.Name}: {outcome.TokensPerSecond:0} tokens/s"));
            return outcome;
        }

        /// <returns>Null when there is no PyTorch here.</returns>
        public async Task<(double TokensPerSecond, double Memory)?> PeerAsync(Peer peer, CancellationToken cancellationToken)
        {
            string[] arguments =
            [
                $"{Shape.Embedding},{Shape.FeedForward},{Shape.Layers},{Shape.Heads},{Shape.Vocabulary}",
                peer.Precision,
                $"{Length}",
                $"{Batch}",
                $"{Rank}",
                $"{Steps}",
                $"{Environment.ProcessorCount}",
                peer.Training,
            ];
            var outcome = await TrainingProcess.PeerAsync(_repository, arguments, cancellationToken);
            Console.Error.WriteLine(FormattableString.Invariant($"  {Name} PyTorch {peer.Name}: {outcome?.TokensPerSecond:0} tokens/s"));
            return outcome;
        }
    }

    /// <summary>What the runs of one kind came to.</summary>
    private sealed class TrainingSamples
    {
        public Sample Rate { get; } = new();

        /// <summary>Megabytes.</summary>
        public Sample Memory { get; } = new();

        public Sample PlannedMemory { get; } = new();

        public Sample PlannedTime { get; } = new();

        public double FirstLoss { get; private set; }

        public double FinalLoss { get; private set; }

        public void Add(double rate, double memory)
        {
            Rate.Add(rate);
            Memory.Add(memory / 1e6);
        }

        public void Add(TrainingOutcome outcome)
        {
            Add(outcome.TokensPerSecond, outcome.Memory);
            PlannedMemory.Add(outcome.PlannedMemory / outcome.Memory);
            PlannedTime.Add(outcome.PlannedSeconds / outcome.Seconds);
            (FirstLoss, FinalLoss) = (outcome.FirstLoss, outcome.FinalLoss);
        }
    }
}
