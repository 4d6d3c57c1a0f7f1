using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Ilab.Benchmarks.Gpu;

/// <summary>llama.cpp's own measuring programs, linked with the libraries that the runner loads.</summary>
internal sealed class LlamaBench(GpuMachine machine)
{
    private const string WholeModel = "99";

    /// <summary>Tokens per second of decoding one sequence.</summary>
    public Task<double> DecodeAsync(string model, int tokens, CancellationToken cancellationToken) =>
        BenchAsync(model, ["-p", "0", "-n", $"{tokens}"], cancellationToken);

    /// <summary>Tokens per second of a prompt.</summary>
    public Task<double> PromptAsync(string model, int tokens, CancellationToken cancellationToken) =>
        BenchAsync(model, ["-p", $"{tokens}", "-n", "0"], cancellationToken);

    /// <summary>Tokens per second of sequences that decode together.</summary>
    public async Task<double> BatchAsync(string model, int sequences, int tokens, CancellationToken cancellationToken)
    {
        const int Prompt = 1;
        string[] arguments =
        [
            "-m",
            model,
            "-c",
            $"{sequences * (Prompt + tokens)}",
            "-b",
            "512",
            "-ub",
            "512",
            "-npp",
            $"{Prompt}",
            "-ntg",
            $"{tokens}",
            "-npl",
            $"{sequences}",
            "-kvu",
            "--output-format",
            "jsonl",
        ];
        var output = await RunAsync("llama-batched-bench", arguments, cancellationToken);
        var line =
            output.Split('\n').LastOrDefault(static line => line.StartsWith('{'))
            ?? throw new InvalidOperationException($"llama-batched-bench printed no result: {output}");
        return JsonDocument.Parse(line).RootElement.GetProperty("speed_tg").GetDouble();
    }

    private async Task<double> BenchAsync(string model, string[] test, CancellationToken cancellationToken)
    {
        var output = await RunAsync("llama-bench", ["-m", model, .. test, "-r", "1", "-o", "json"], cancellationToken);
        return JsonDocument.Parse(output[output.IndexOf('[')..]).RootElement[0].GetProperty("avg_ts").GetDouble();
    }

    private async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        string[] where = machine.IsGpu ? ["-ngl", WholeModel, "-dev", machine.Device.ToUpperInvariant()] : ["-ngl", "0", "-dev", "none"];
        var start = new ProcessStartInfo(machine.Bench(program), [.. arguments, .. where, "-t", machine.Threads.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var libraries = Path.Combine(machine.Tree, "lib", "ilab", "native");
        start.Environment["LD_LIBRARY_PATH"] = libraries + ":" + Environment.GetEnvironmentVariable("LD_LIBRARY_PATH");
        start.Environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}");
    }
}
