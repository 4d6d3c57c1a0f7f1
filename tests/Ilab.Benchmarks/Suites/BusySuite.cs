using System.Text.Json;
using Ilab.Benchmarks.Measure;
using Ilab.Benchmarks.Measure.Servers;
using Ilab.Gguf;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// Speed beside one and two endless loops, each run next to a quiet one: decoding of one sequence, prompts of 512 tokens and LoRA training. With llama.cpp's
/// server beside the same loops where one is named. Says how busy the neighbours were when it should have been quiet.
/// </summary>
/// <param name="server">Path of a <c>llama-server</c> of the same version; null = no peer.</param>
/// <param name="rounds">Of each measurement.</param>
/// <param name="kinds">What to measure, of <c>decode</c>, <c>prompt</c>, <c>training</c>; empty = all.</param>
internal sealed class BusySuite(string? server, int rounds, IReadOnlyList<string> kinds) : ISuite
{
    private const int MostLoops = 2,
        PromptTokens = 512,
        DecodedTokens = 128;
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);
    private readonly Sample _neighbours = new();

    public string Name => "busy";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        var repository = Installation.FindRepository();
        var folder = Directory.CreateTempSubdirectory("ilab-bench-").FullName;
        try
        {
            var model = Path.Combine(folder, "110M.gguf");
            RandomLlama.Write(model, LlamaShape.HundredMillion, "110M");
            await ServeAsync(report, repository, folder, model, "110M Q8_0", ["batch 1", "prompt 512"], cancellationToken);
            await ServeAsync(
                report,
                repository,
                folder,
                Path.Combine(repository, "packaging", "starter", "starter.gguf"),
                "starter",
                ["batch 1"],
                cancellationToken
            );
            if (Wants("training"))
            {
                await TrainAsync(report, repository, folder, cancellationToken);
            }

            report.Add(
                "CPUs that neighbours used while it should have been quiet",
                _neighbours,
                "CPUs",
                "< 0.1 for the other rows to count",
                _neighbours.Median < 0.1
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private bool Wants(string kind) => kinds.Count == 0 || kinds.Contains(kind);

    /// <summary>What has to be left of the quiet speed.</summary>
    private static double Bar(bool isDecoding, int loops) =>
        (isDecoding, loops) switch
        {
            (true, 1) => 0.9,
            (true, _) => 0.65,
            (false, 1) => 0.45,
            _ => 0.3,
        };

    private async Task ServeAsync(
        Report report,
        string repository,
        string records,
        string model,
        string name,
        string[] steps,
        CancellationToken cancellationToken
    )
    {
        await using var own = await BenchRunner.StartAsync(repository, model, "--accelerator", "auto", "--records", records);
        await using var single = await BenchRunner.StartAsync(repository, model, "--accelerator", "auto", "--records", records, "--threads", "1");
        await using var peer = server is null
            ? null
            : await LlamaServer.StartAsync(server, model, Environment.ProcessorCount, ["-c", "1024", "-np", "1"], cancellationToken);
        foreach (var step in steps.Where(step => Wants(step == "batch 1" ? "decode" : "prompt")))
        {
            var isDecoding = step == "batch 1";
            Sample[] ours = NewSamples(),
                theirs = NewSamples();
            var one = new Sample();
            await AlternateAsync(
                async (loops, isCounted) =>
                {
                    await own.AskAsync(step); // what counts is the speed that it settles at
                    var rate = await own.AskAsync(step);
                    if (loops == 0 && isCounted)
                    {
                        one.Add(await single.AskAsync(step));
                    }

                    var other = peer is null ? 0 : await PeerAsync(peer, isDecoding, cancellationToken);
                    if (isCounted)
                    {
                        ours[loops].Add(rate);
                        theirs[loops].Add(other);
                    }
                },
                cancellationToken
            );
            TellOne(report, $"{name}, {(isDecoding ? "decoding" : "prompts of 512")}", one, ours[0]);
            Tell(report, $"{name}, {(isDecoding ? "decoding" : "prompts of 512")}", ours, peer is null ? null : theirs, isDecoding);
        }
    }

    private static async Task<double> PeerAsync(LlamaServer peer, bool isDecoding, CancellationToken cancellationToken)
    {
        // The model has a context of 512, and the server wants room for an answer.
        var prompt = Enumerable.Range(0, isDecoding ? 8 : PromptTokens - 1).Select(static index => 300 + (index * 7 % 200)).ToArray();
        var (promptRate, decodeRate) = await peer.AskAsync(prompt, isDecoding ? DecodedTokens : 1, cancellationToken);
        return isDecoding ? decodeRate : promptRate;
    }

    private async Task TrainAsync(Report report, string repository, string folder, CancellationToken cancellationToken)
    {
        const int Batch = 4,
            Steps = 24,
            Length = 256;
        var (model, data) = (Path.Combine(folder, "14M.gguf"), Path.Combine(folder, "data.jsonl"));
        RandomTransformer.Write(model, TransformerShape.FourteenMillion with { Type = GgmlType.F32 });
        var random = new Random(3);
        string Text(int length) => new([.. Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(26)))]);
        await File.WriteAllLinesAsync(
            data,
            Enumerable.Range(0, Batch * 8).Select(_ => JsonSerializer.Serialize(new { prompt = Text(124), completion = Text(127) })),
            cancellationToken
        );
        var samples = NewSamples();
        await AlternateAsync(
            async (loops, isCounted) =>
            {
                var options = new
                {
                    type = "lora",
                    data,
                    rank = 8,
                    alpha = 16,
                    steps = Steps,
                    batchSize = Batch,
                    learningRate = 1e-3,
                    schedule = "constant",
                    maxLength = Length,
                    checkpointInterval = 0,
                    precision = "auto",
                };
                var outcome = await TrainingProcess.RunAsync(repository, folder, model, "auto", options, cancellationToken);
                if (isCounted)
                {
                    samples[loops].Add(outcome.TokensPerSecond);
                }
            },
            cancellationToken
        );
        Tell(report, "14M F32, LoRA training", samples, null, isDecoding: false);
    }

    /// <summary>Quiet, beside one loop, beside two, and again: a machine that drifts drifts for all of them. The first round does not count.</summary>
    private async Task AlternateAsync(Func<int, bool, Task> measure, CancellationToken cancellationToken)
    {
        for (var round = -1; round < rounds; round++)
        {
            for (var loops = 0; loops <= MostLoops; loops++)
            {
                if (loops == 0)
                {
                    _neighbours.Add(await Neighbours.BusyAsync(cancellationToken));
                }

                using var running = new EndlessLoops(loops);
                await Task.Delay(Settle, cancellationToken);
                await measure(loops, round >= 0);
            }
        }
    }

    /// <summary>How much the second thread gains on this machine.</summary>
    private static void TellOne(Report report, string what, Sample one, Sample all) =>
        report.Add($"{what}: one thread / quiet", Sample.MedianRatio(one, all), "x");

    private static void Tell(Report report, string what, Sample[] ours, Sample[]? theirs, bool isDecoding)
    {
        report.Add($"{what}: quiet", ours[0], "tokens/s");
        for (var loops = 1; loops <= MostLoops; loops++)
        {
            var (ratio, bar) = (Sample.MedianRatio(ours[loops], ours[0]), Bar(isDecoding, loops));
            report.Add($"{what}: beside {loops}", ours[loops], "tokens/s");
            report.Add($"{what}: beside {loops} / quiet", ratio, "x", FormattableString.Invariant($">= {bar} x"), ratio >= bar);
        }

        for (var loops = 0; theirs is not null && loops <= MostLoops; loops++)
        {
            var ratio = Sample.MedianRatio(ours[loops], theirs[loops]);
            report.Add($"{what}: llama-server beside {loops}", theirs[loops], "tokens/s");
            report.Add($"{what}: ilab / llama-server beside {loops}", ratio, "x", ">= 1 x", ratio >= 1);
        }
    }

    private static Sample[] NewSamples() => [.. Enumerable.Range(0, MostLoops + 1).Select(static _ => new Sample())];
}
