using System.Diagnostics;
using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Runner.Tests.Hosting;

/// <summary>A real runner and its bundle, in a folder whose name has a space in it.</summary>
internal sealed class RunnerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _bundle = Directory.CreateTempSubdirectory("ilab bundle ");

    public string Model => FileOf("tiny.gguf");

    public string FileOf(string name) => Path.Combine(_bundle.FullName, name);

    public void WriteSpec(string libraries) =>
        File.WriteAllText(
            FileOf("spec"),
            JsonSerializer.Serialize(
                new
                {
                    protocol = 1,
                    kind = "infer",
                    id = "0",
                    model = new { files = new[] { Model } },
                    contextLength = 64,
                    parallel = 1,
                    threads = 1,
                    nativeDirectory = libraries,
                    accelerator = new { mode = "off" },
                }
            )
        );

    public Process Start() => Process.Start(new ProcessStartInfo(TestPaths.Runner, ["infer", "--bundle", _bundle.FullName]) { RedirectStandardError = true })!;

    /// <summary>Runs it to its end.</summary>
    public async Task<(int Code, string Error)> RunAsync()
    {
        using var process = Start();
        using var limit = new CancellationTokenSource(Patience);
        var error = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, error);
    }

    /// <summary>Returns when a file of the bundle says something, or the process has ended.</summary>
    public async Task SaysAsync(Process process, string file, string text)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!process.HasExited && !(File.Exists(FileOf(file)) && File.ReadAllText(FileOf(file)).Contains(text, StringComparison.Ordinal)))
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    public static async Task TerminateAsync(Process process)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await kill.WaitForExitAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
    }

    /// <summary>What exit.json says.</summary>
    public (string Kind, string Message) Exit()
    {
        using var exit = JsonDocument.Parse(File.ReadAllText(FileOf("exit.json")));
        return (exit.RootElement.GetProperty("errorKind").GetString()!, exit.RootElement.GetProperty("message").GetString()!);
    }

    /// <summary>Forgets an earlier run.</summary>
    public void Clear()
    {
        foreach (var file in new[] { "ready.json", "exit.json", "runner.log" })
        {
            File.Delete(FileOf(file));
        }
    }

    public void Dispose() => _bundle.Delete(recursive: true);
}
