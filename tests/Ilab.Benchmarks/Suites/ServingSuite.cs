using System.Diagnostics;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Benchmarks.Measure;
using Ilab.Client;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// Several clients at once through client, service and runner: tokens per second of all together and the time to the first token, with short prompts, long ones
/// and long ones that begin alike. Installations that are named are asked in turn, each compared with the first.
/// </summary>
/// <param name="trees">Installations (<c>bin/ilab</c>, <c>lib/ilab</c>); empty = the one that the checkout's build made.</param>
/// <param name="shapes">Of <c>14M</c> and <c>110M</c>; empty = both.</param>
/// <param name="kinds">Of <c>short</c>, <c>long</c>, <c>shared</c>; empty = all.</param>
/// <param name="clients">Numbers of clients; empty = 1, 4, 16 and 32.</param>
/// <param name="rounds">Of each measurement.</param>
/// <param name="options">Further settings of the services.</param>
internal sealed class ServingSuite(string[] trees, string[] shapes, string[] kinds, string[] clients, int rounds, string[] options) : ISuite
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
        await using var installations = await Installations.StartAsync(trees, options, cancellationToken);
        foreach (var (name, shape) in Shapes.Where(one => Wants(shapes, one.Name)))
        {
            await installations.ImportAsync(name, shape with { ContextLength = Context }, cancellationToken);
            foreach (var kind in new[] { "short", "long", "shared" }.Where(kind => Wants(kinds, kind)))
            {
                foreach (var count in clients.Length > 0 ? clients.Select(int.Parse) : [1, 4, 16, 32])
                {
                    await MeasureAsync(report, installations, name, kind, count, cancellationToken);
                }
            }
        }
    }

    private static bool Wants(string[] wanted, string one) => wanted.Length == 0 || wanted.Contains(one);

    private async Task MeasureAsync(Report report, Installations installations, string model, string kind, int count, CancellationToken cancellationToken)
    {
        var results = installations.All.Select(static _ => (Speed: new Sample(), First: new Sample(), Waits: new Sample())).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            string[] prompts = [.. Prompts(kind, count)];
            for (var index = 0; index < results.Length; index++)
            {
                var (speed, waits) = await AskAllAsync(installations.All[index].Client, model, prompts, cancellationToken);
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
            var what = $"{model}, {kind} prompts, {count} clients{(results.Length > 1 ? $" ({installations.All[index].Name})" : "")}";
            report.Add(what, results[index].Speed, "tokens/s");
            report.Add($"{what}: first token p50", results[index].First, "ms");
            report.Add($"{what}: first token p95", results[index].Waits, "ms");
            if (index > 0)
            {
                report.Add($"{what}: tokens/s / first", Sample.MedianRatio(results[index].Speed, results[0].Speed), "x");
                report.Add($"{what}: first token p50 / first", Sample.MedianRatio(results[index].First, results[0].First), "x");
            }
        }
    }

    private IEnumerable<string> Prompts(string kind, int count)
    {
        var common = kind == "shared" ? Text(Long) : "";
        return Enumerable
            .Range(0, count)
            .Select(_ =>
                common
                + Text(
                    kind switch
                    {
                        "short" => Short,
                        "long" => Long,
                        _ => Own,
                    }
                )
            );
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

    private static async Task<(double Speed, Sample Waits)> AskAllAsync(IlabClient client, string model, string[] prompts, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var waits = new Sample();
        foreach (var wait in await Task.WhenAll(prompts.Select(prompt => AskAsync(client, model, prompt, cancellationToken))))
        {
            waits.Add(wait);
        }

        return (prompts.Length * Tokens / Stopwatch.GetElapsedTime(start).TotalSeconds, waits);
    }

    /// <returns>Milliseconds to the first token.</returns>
    private static async Task<double> AskAsync(IlabClient client, string model, string prompt, CancellationToken cancellationToken)
    {
        var request = new GenerateRequest
        {
            Model = new ModelSelector { Name = model },
            Prompt = prompt,
            MaxTokens = Tokens,
            ContextLength = Context,
            Sampling = new Sampling { Temperature = 0 },
        };
        var start = Stopwatch.GetTimestamp();
        using var call = client.Inference.Generate(request, cancellationToken: cancellationToken);
        var (first, tokens) = (0.0, 0U);
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (message.Delta is { } delta)
            {
                first = first > 0 ? first : Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                tokens += delta.TokenCount;
            }
        }

        return tokens == Tokens ? first : throw new InvalidOperationException($"{tokens} tokens came instead of {Tokens}");
    }
}
