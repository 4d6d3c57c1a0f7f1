using Ilab.Posix.Files;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Hosting;

/// <summary>The runner as a process: what it leaves in its bundle, however it ends.</summary>
[Collection(NativeCompute.Name)]
public sealed class RunnerProgramTests : IDisposable
{
    private readonly RunnerProcess _runner = new();

    public void Dispose() => _runner.Dispose();

    [Fact]
    public async Task ABundleThatBelongsToALivingRunnerIsRefused()
    {
        using var held = FileLock.TryTake(_runner.FileOf("lock"));
        var (code, error) = await _runner.RunAsync();

        Assert.Equal(4, code);
        Assert.Contains("belongs to a running runner", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_runner.FileOf("exit.json")));
    }

    [Fact]
    public async Task MissingLibrariesAreNamedInTheExit()
    {
        RandomLlama.Write(_runner.Model, LlamaShape.Smallest, "tiny");
        var (kind, message) = await FailAsync("/no/such/libraries");

        Assert.Equal("CANNOT_LOAD", kind);
        Assert.Contains("/no/such/libraries", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LibrariesOfAnotherVersionAreNamedInTheExit()
    {
        RandomLlama.Write(_runner.Model, LlamaShape.Smallest, "tiny");
        var other = Directory.CreateDirectory(_runner.FileOf("other libraries")).FullName;
        foreach (var file in Directory.GetFiles(TestPaths.NativeLibraries, "lib*.so"))
        {
            File.WriteAllBytes(Path.Combine(other, Path.GetFileName(file)), OfAnotherVersion(File.ReadAllBytes(file)));
        }

        var (kind, message) = await FailAsync(other);

        Assert.Equal("CANNOT_LOAD", kind);
        Assert.Matches($"^the llama.cpp libraries in {other} are version 0\\.4\\.0.*, not 0\\.5\\.0$", message);
    }

    [Fact]
    public async Task AFileThatIsNoModelIsNamedInTheExit()
    {
        await File.WriteAllTextAsync(_runner.Model, "GGUF, but not really");
        var (kind, message) = await FailAsync(TestPaths.NativeLibraries);

        Assert.Equal("INVALID_MODEL", kind);
        Assert.StartsWith("tiny.gguf: ", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ready.json")]
    [InlineData("runner.log", "ready: ")]
    public async Task ASignalEndsItInOrderWhateverItIsDoing(string file, string text = "")
    {
        RandomLlama.Write(_runner.Model, LlamaShape.Talkative with { Vocabulary = 16384 }, "tiny");
        _runner.WriteSpec(TestPaths.NativeLibraries);
        using var process = _runner.Start();
        await _runner.SaysAsync(process, file, text);
        await RunnerProcess.TerminateAsync(process);

        Assert.StartsWith("stopped", _runner.Exit().Message, StringComparison.Ordinal);
        Assert.Equal(0, process.ExitCode);
    }

    private async Task<(string Kind, string Message)> FailAsync(string libraries)
    {
        _runner.WriteSpec(libraries);
        Assert.Equal(3, (await _runner.RunAsync()).Code);
        Assert.True(File.Exists(_runner.FileOf("ready.json")));
        return _runner.Exit();
    }

    // The version is a text in the library; nothing but the refusal depends on it.
    private static byte[] OfAnotherVersion(byte[] library)
    {
        for (var at = library.AsSpan().IndexOf("0.5.0"u8); at >= 0; )
        {
            library[at + 2] = (byte)'4';
            var next = library.AsSpan(at + 1).IndexOf("0.5.0"u8);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return library;
    }
}
