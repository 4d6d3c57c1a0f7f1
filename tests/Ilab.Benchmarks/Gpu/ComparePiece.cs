using Ilab.Benchmarks.Measure;

namespace Ilab.Benchmarks.Gpu;

/// <summary>Tokens per second of the runner beside llama.cpp's own program, in turn on the same model.</summary>
/// <param name="Name"><c>decode</c>, <c>prompt</c> or <c>batch</c>.</param>
/// <param name="Sizes">Tokens or sequences.</param>
/// <param name="Own">What the runner's bench is asked, for a size.</param>
/// <param name="Peer">The other side.</param>
internal sealed record ComparePiece(string Name, int[] Sizes, Func<int, string> Own, Func<LlamaBench, string, int, CancellationToken, Task<double>> Peer)
    : IGpuPiece
{
    private const int DecodedTokens = 32,
        FullRounds = 5,
        TinyRounds = 2;
    private const double LeastRatio = 0.95;

    public static ComparePiece[] All { get; } =
    [
        new("decode", [1], static _ => "batch 1", static (bench, model, _, cancellationToken) => bench.DecodeAsync(model, DecodedTokens, cancellationToken)),
        new(
            "prompt",
            [64, 512],
            static tokens => $"prompt {tokens}",
            static (bench, model, tokens, cancellationToken) => bench.PromptAsync(model, tokens, cancellationToken)
        ),
        new(
            "batch",
            [4, 16, 64],
            static sequences => $"batch {sequences}",
            static (bench, model, sequences, cancellationToken) => bench.BatchAsync(model, sequences, DecodedTokens, cancellationToken)
        ),
    ];

    public async Task RunAsync(GpuMachine machine, Report report, CancellationToken cancellationToken)
    {
        var peer = new LlamaBench(machine);
        foreach (var (name, shape) in machine.Served)
        {
            var file = machine.ModelFile(name, shape);
            await using var runner = await BenchRunner.StartAsync(machine.Runner, file, machine.Device, machine.Threads);
            foreach (var size in Sizes)
            {
                Sample own = new(),
                    theirs = new();
                for (var round = -1; round < (machine.IsTiny ? TinyRounds : FullRounds); round++)
                {
                    var (a, b) = (await runner.AskAsync(Own(size)), await Peer(peer, file, size, cancellationToken));
                    if (round >= 0) // the first warms both up
                    {
                        own.Add(a);
                        theirs.Add(b);
                    }
                }

                report.Add($"{name} {Name} {size}: ilab-runner", own, "tokens/s");
                report.Add($"{name} {Name} {size}: llama.cpp", theirs, "tokens/s");
                var ratio = Sample.MedianRatio(own, theirs);
                // The bar is for models that give a GPU something to do.
                report.Add(
                    $"{name} {Name} {size}: ilab-runner / llama.cpp",
                    ratio,
                    "x",
                    machine.IsTiny ? "" : $">= {LeastRatio} x",
                    machine.IsTiny ? null : ratio >= LeastRatio
                );
            }
        }
    }
}
