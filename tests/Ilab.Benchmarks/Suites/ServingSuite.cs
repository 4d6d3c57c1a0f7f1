using System.Diagnostics;
using Ilab.Benchmarks.Measure;
using Ilab.Benchmarks.Measure.Servers;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// Several clients at once through client, service and runner: tokens per second of all together and the time to the first token, with short prompts, long ones
/// and long ones that begin alike. Servers are asked in turn with the same prompts, each compared with the first.
/// </summary>
/// <param name="peers">What is asked.</param>
/// <param name="models">Of <c>14M</c> and <c>110M</c>, or GGUF files; empty = both.</param>
/// <param name="kinds">Of <c>short</c>, <c>long</c>, <c>shared</c>; empty = all.</param>
/// <param name="clients">Numbers of clients; empty = 1, 4, 16 and 32.</param>
/// <param name="rounds">Of each measurement.</param>
internal sealed class ServingSuite(ServingPeers peers, string[] models, string[] kinds, string[] clients, int rounds) : ISuite
{
    private const int Tokens = 64,
        Short = 80,
        Long = 700,
        Own = 40,
        Context = 1024;
    private static readonly (string Name, LlamaShape Shape)[] Shapes = [("14M", LlamaShape.FourteenMillion), ("110M", LlamaShape.HundredMillion)];
    private readonly Random _random = new(1);

    public string Name => "serving";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        await using var servers = await peers.StartAsync(Context, cancellationToken);
        foreach (var model in models.Length > 0 ? models : [.. Shapes.Select(static one => one.Name)])
        {
            var name = Path.GetFileNameWithoutExtension(model).ToLowerInvariant();
            await servers.PrepareAsync(name, FileOf(model, servers.Root), cancellationToken);
            foreach (var kind in new[] { "short", "long", "shared" }.Where(kind => kinds.Length == 0 || kinds.Contains(kind)))
            {
                foreach (var count in clients.Length > 0 ? clients.Select(int.Parse) : [1, 4, 16, 32])
                {
                    await MeasureAsync(report, servers.All, name, kind, count, cancellationToken);
                }
            }
        }
    }

    private static string FileOf(string model, string directory)
    {
        if (Shapes.FirstOrDefault(one => one.Name == model) is not { Name: { } name } found)
        {
            return model;
        }

        var file = Path.Combine(directory, $"{name}.gguf");
        RandomLlama.Write(file, found.Shape with { ContextLength = Context }, name);
        return file;
    }

    private async Task MeasureAsync(Report report, IReadOnlyList<IServer> servers, string model, string kind, int count, CancellationToken cancellationToken)
    {
        var results = servers.Select(static _ => (Speed: new Sample(), First: new Sample(), Waits: new Sample())).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            string[] prompts = [.. Prompts(kind, count)];
            for (var index = 0; index < results.Length; index++)
            {
                var (speed, waits) = await AskAllAsync(servers[index], model, prompts, cancellationToken);
                if (round < 0)
                {
                    continue;
                }

                results[index].Speed.Add(speed);
                results[index].First.Add(waits.Median);
                results[index].Waits.Add(waits.Percentile(0.95));
            }
        }

        for (var index = 0; index < results.Length; index++)
        {
            var (mine, first) = (results[index], results[0]);
            var what = $"{model}, {kind} prompts, {count} clients ({servers[index].Name})";
            report.Add(what, mine.Speed, "tokens/s");
            report.Add($"{what}: first token p50", mine.First, "ms");
            report.Add($"{what}: first token p95", mine.Waits, "ms");
            if (index > 0)
            {
                report.Add($"{what}: tokens/s / {servers[0].Name}", Sample.MedianRatio(mine.Speed, first.Speed), "x");
                report.Add($"{what}: first token p50 / {servers[0].Name}", Sample.MedianRatio(mine.First, first.First), "x");
                report.Add($"{what}: first token p95 / {servers[0].Name}", Sample.MedianRatio(mine.Waits, first.Waits), "x");
            }
        }
    }

    private IEnumerable<string> Prompts(string kind, int count)
    {
        var common = kind == "shared" ? Text(Long) : "";
        var own = kind switch
        {
            "short" => Short,
            "long" => Long,
            _ => Own,
        };
        return Enumerable.Range(0, count).Select(_ => common + Text(own));
    }

    private string Text(int length) =>
        string.Create(
            length,
            _random,
            static (text, random) =>
            {
                foreach (ref var letter in text)
                    letter = (char)('a' + random.Next(26));
            }
        );

    private static async Task<(double Speed, Sample Waits)> AskAllAsync(IServer server, string model, string[] prompts, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var waits = new Sample();
        var tokens = 0;
        foreach (var answer in await Task.WhenAll(prompts.Select(prompt => server.AskAsync(model, prompt, Tokens, cancellationToken))))
        {
            waits.Add(answer.First);
            tokens += answer.Tokens;
        }

        return (tokens / Stopwatch.GetElapsedTime(start).TotalSeconds, waits);
    }
}
