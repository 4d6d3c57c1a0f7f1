using System.Diagnostics;
using System.Text.Json;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Hosting;

/// <summary>The runner as a process: what it leaves in its bundle when it cannot do what it was started for.</summary>
[Collection(NativeCompute.Name)]
public sealed class RunnerProgramTests : IDisposable
{
    private readonly DirectoryInfo _bundle = Directory.CreateTempSubdirectory("ilab bundle ");

    [Fact]
    public async Task ABundleThatBelongsToALivingRunnerIsRefused()
    {
        using var held = Ilab.Runner.Hosting.NativeProcess.TryLock(Path.Combine(_bundle.FullName, "lock"));
        var (code, error) = await RunAsync();

        Assert.Equal(4, code);
        Assert.Contains("belongs to a runner that is alive", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_bundle.FullName, "exit.json")));
    }

    [Fact]
    public async Task MissingLibrariesAreNamedInTheExit()
    {
        RandomLlama.Write(Model, LlamaShape.Smallest, "tiny");
        var exit = await FailAsync("/no/such/libraries");

        Assert.Equal("CANNOT_LOAD", exit.GetProperty("errorKind").GetString());
        Assert.Contains("/no/such/libraries", exit.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatIsNoModelIsNamedInTheExit()
    {
        await File.WriteAllTextAsync(Model, "GGUF, but not really");
        var exit = await FailAsync(TestPaths.NativeLibraries);

        Assert.Equal("INVALID_MODEL", exit.GetProperty("errorKind").GetString());
        Assert.StartsWith("tiny.gguf: ", exit.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private string Model => Path.Combine(_bundle.FullName, "tiny.gguf");

    public void Dispose() => _bundle.Delete(recursive: true);

    private async Task<JsonElement> FailAsync(string libraries)
    {
        var spec = new { protocol = 1, kind = "infer", id = "0", model = new { files = new[] { Model } }, contextLength = 64, parallel = 1, threads = 1, nativeDirectory = libraries };
        await File.WriteAllTextAsync(Path.Combine(_bundle.FullName, "spec"), JsonSerializer.Serialize(spec));
        Assert.Equal(3, (await RunAsync()).Code);
        Assert.True(File.Exists(Path.Combine(_bundle.FullName, "ready.json")));
        using var exit = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_bundle.FullName, "exit.json")));
        return exit.RootElement.Clone();
    }

    private async Task<(int Code, string Error)> RunAsync()
    {
        using var process = Process.Start(new ProcessStartInfo(TestPaths.BuildOutput("Ilab.Runner", "ilab-runner"), ["infer", "--bundle", _bundle.FullName]) { RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var error = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, error);
    }
}
