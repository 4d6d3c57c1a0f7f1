using System.Diagnostics;
using System.Globalization;

namespace Ilab.Benchmarks.Measure;

/// <summary>A runner that times steps on demand; two of them, asked in turn, are compared on the same machine at the same time.</summary>
internal sealed class BenchRunner : IAsyncDisposable
{
    private readonly Process _process;

    private BenchRunner(Process process, string note) => (_process, Note) = (process, note);

    /// <summary>What it said of its accelerator.</summary>
    public string Note { get; }

    public static Task<BenchRunner> StartAsync(string repository, string model, params string[] options) =>
        StartProgramAsync(
            Environment.GetEnvironmentVariable("ILAB_BENCH_RUNNER") ?? Path.Combine(repository, "artifacts", "dist", "lib", "ilab", "ilab-runner"),
            ["bench", "--model", model, .. options]
        );

    /// <summary>Plain ggml on a device, without the CPU's accelerator.</summary>
    public static Task<BenchRunner> StartAsync(string program, string model, string device, int threads) =>
        StartProgramAsync(
            program,
            ["bench", "--model", model, "--device", device, "--accelerator", "off", "--threads", threads.ToString(CultureInfo.InvariantCulture)]
        );

    /// <summary>Any program that says "ready" and answers lines with numbers.</summary>
    public static async Task<BenchRunner> StartProgramAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"; // as the service starts runners
        var process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var ready = await process.StandardOutput.ReadLineAsync();
        return ready?.StartsWith("ready", StringComparison.Ordinal) == true
            ? new BenchRunner(process, ready[5..].Trim())
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {ready}");
    }

    /// <summary>Tokens per second.</summary>
    public async Task<double> AskAsync(string what) => double.Parse(await AnswerAsync(what), CultureInfo.InvariantCulture);

    public async Task<float[]> LogitsAsync(int tokens) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(await AnswerAsync($"logits {tokens}"))).ToArray();

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string> AnswerAsync(string what)
    {
        await _process.StandardInput.WriteLineAsync(what);
        await _process.StandardInput.FlushAsync();
        return await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the runner ended");
    }
}
