using System.Diagnostics;
using Ilab.Benchmarks.Measure;
using Ilab.Benchmarks.Measure.Servers;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>Greedy answers with and without guessed tokens, by two services in turn: texts that repeat themselves, and one that does not.</summary>
/// <param name="model">A GGUF file; null = 110M parameters with random weights, which soon turn in circles.</param>
/// <param name="rounds">Of each measurement.</param>
internal sealed class SpeculationSuite(string? model, int rounds) : ISuite
{
    private const int Tokens = 200,
        Context = 1024;

    private static readonly (string Name, string Text)[] Prompts =
    [
        ("a list", string.Concat(Enumerable.Range(1, 12).Select(static line => $"- The price of item {line % 3} is twelve dollars.\n"))),
        ("code that is quoted", "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n\n\n# The same once more:\ndef add(a, b):\n"),
        ("prose", "The first thing that a traveller notices about the old town is"),
    ];

    public string Name => "speculation";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        await using var servers = new ServerSet();
        await servers.AddAsync(null, ["--speculation", "off"], Context, cancellationToken);
        await servers.AddAsync(null, [], Context, cancellationToken);
        var file = model ?? Path.Combine(servers.Root, "random.gguf");
        if (model is null)
        {
            RandomLlama.Write(file, LlamaShape.HundredMillion with { ContextLength = Context }, "random");
        }

        await servers.PrepareAsync("model", file, cancellationToken);
        foreach (var (name, text) in Prompts)
        {
            Sample[] speeds = [new Sample(), new Sample()];
            for (var round = -2; round < rounds; round++)
            {
                for (var index = 0; index < speeds.Length; index++)
                {
                    var start = Stopwatch.GetTimestamp();
                    var answer = await servers.All[index].AskAsync("model", text, Tokens, cancellationToken);
                    if (round >= 0)
                    {
                        speeds[index].Add(answer.Tokens / Stopwatch.GetElapsedTime(start).TotalSeconds);
                    }
                }
            }

            report.Add($"{name}: without guesses", speeds[0], "tokens/s");
            report.Add($"{name}: with guesses", speeds[1], "tokens/s");
            report.Add($"{name}: with / without", Sample.MedianRatio(speeds[1], speeds[0]), "x");
        }
    }
}
