using System.Globalization;
using Ilab.Benchmarks.Measure;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Gpu;

/// <summary>
/// What packaging/gpu-check.sh runs on a machine with a GPU, a piece at a time: <c>serve</c>, <c>decode</c>, <c>prompt</c>, <c>batch</c>, <c>lora</c>,
/// <c>full</c>. Each writes its rows into the folder of results; <c>report</c> puts them together.
/// </summary>
internal static class GpuCheck
{
    private const int Usage = 2;

    /// <returns>0 = every bar that has been measured is met; 1 = not; 2 = the command line is wrong.</returns>
    public static async Task<int> MainAsync(string[] args)
    {
        IGpuPiece[] pieces = [new ServePiece(), .. ComparePiece.All, new TrainingPiece("lora"), new TrainingPiece("full")];
        var name = args.FirstOrDefault() ?? "";
        if (
            Value(args, "--tree") is not { } tree
            || Value(args, "--results") is not { } results
            || (name != "report" && pieces.All(piece => piece.Name != name))
        )
        {
            await Console.Error.WriteLineAsync(
                $"usage: gpu {string.Join('|', pieces.Select(static piece => piece.Name))}|report "
                    + "--tree DIR --results DIR [--device cuda0|cpu] [--size full|tiny] [--threads N]"
            );
            return Usage;
        }

        Directory.CreateDirectory(results);
        if (name == "report")
        {
            return GpuReport.Write(results, [.. pieces.Select(static piece => piece.Name)], Console.Out);
        }

        var tiny = Value(args, "--size") == "tiny";
        var threads = int.Parse(Value(args, "--threads") ?? $"{Environment.ProcessorCount}", CultureInfo.InvariantCulture);
        var machine = new GpuMachine(tree, results, Value(args, "--device") ?? "cuda0", tiny, threads);
        var report = new Report();
        try
        {
            await pieces.Single(piece => piece.Name == name).RunAsync(machine, report, CancellationToken.None);
        }
        catch (InvalidOperationException exception)
        {
            // A program that ended with an error: what was measured before it is not a result.
            await Console.Error.WriteLineAsync($"Error: {exception.Message.Trim()}");
            return 1;
        }

        report.WriteTable(Console.Out);
        report.WriteJson(Path.Combine(results, $"{name}.json"));
        return report.AllMet ? 0 : 1;
    }

    private static string? Value(string[] args, string option) => args.SkipWhile(argument => argument != option).Skip(1).FirstOrDefault();
}

/// <summary>One part of the check, short enough for a machine that is lent by the minute.</summary>
internal interface IGpuPiece
{
    string Name { get; }

    Task RunAsync(GpuMachine machine, Report report, CancellationToken cancellationToken);
}

/// <summary>What is measured, and where.</summary>
/// <param name="Tree">Holds <c>bin/ilab</c> and <c>lib/ilab</c>.</param>
/// <param name="Results">Also keeps the models that are made.</param>
/// <param name="Device">ggml's name in small letters; <c>cpu</c> tries everything without a GPU.</param>
/// <param name="IsTiny">Models that a CPU gets through in seconds.</param>
/// <param name="Threads">Of the CPU.</param>
internal sealed record GpuMachine(string Tree, string Results, string Device, bool IsTiny, int Threads)
{
    public bool IsGpu => Device != "cpu";

    public string Runner => Path.Combine(Tree, "lib", "ilab", "ilab-runner");

    /// <summary>A measuring program of llama.cpp: it looks for backends in its own folder.</summary>
    public string Bench(string program) => Path.Combine(Tree, "lib", "ilab", "native", program);

    /// <summary>Models to serve, by name.</summary>
    public IReadOnlyList<(string Name, LlamaShape Shape)> Served =>
        IsTiny ? [("tiny", LlamaShape.Talkative)] : [("110M", LlamaShape.HundredMillion), ("1B", LlamaShape.Billion)];

    /// <summary>The file of a model with random weights; made when it is not there.</summary>
    public string ModelFile(string name, LlamaShape shape)
    {
        var path = Path.Combine(Results, $"{name}-Q8_0.gguf");
        if (!File.Exists(path))
        {
            Console.Error.WriteLine($"  making {path}");
            RandomLlama.Write(path + ".part", shape, name);
            File.Move(path + ".part", path);
        }

        return path;
    }
}
