using System.Diagnostics;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>Inputs with the properties of public reports, where they are beside the checkout: each one's command, run as it is written.</summary>
public sealed class SharedCasesTests : IAsyncLifetime
{
    private readonly IlabInstallation _ilab = new();
    private readonly GgmlLock _compute = new();

    public Task InitializeAsync() => _ilab.StartAsync();

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [SkippableTheory]
    [InlineData("14-tiktoken-tokenizer-model", new[] { 1, 0 }, new[] { "a tiktoken vocabulary", "tokenizer.json is used instead" })]
    [InlineData("19-weights-by-another-name", new[] { 0, 0, 1, 126, 126 }, new[] { "llama.safetensors", "name its folder", "ilab model convert" })]
    [InlineData("27-embedding-model-run", new[] { 0, 126, 126 }, new[] { "is an encoder (bert): it cannot generate text" })]
    [InlineData("36-modelfile", new[] { 127, 127, 1 }, new[] { "FROM llama3.1:latest: no such model", "ilab model import" })]
    public async Task EachEndsAsItShould(string name, int[] codes, string[] said)
    {
        var cases = TestPaths.Shared is { } shared ? Path.Combine(shared, "cases", name) : "";
        Skip.IfNot(Directory.Exists(cases), "needs the cases beside the checkout");
        var start = new ProcessStartInfo("bash", ["-c", $"exec 2>&1; . cases/{name}/cmd"])
        {
            WorkingDirectory = Path.GetDirectoryName(Path.GetDirectoryName(cases)),
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        (start.Environment["ILAB"], start.Environment["ILAB_ROOT"]) = (_ilab.Client, _ilab.Root);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var lines = output.Split('\n');
        Assert.Equal(codes, lines.Where(static line => line.StartsWith("rc=", StringComparison.Ordinal)).Select(static line => int.Parse(line[3..], null)));
        Assert.All(said, text => Assert.Contains(text, output, StringComparison.Ordinal));
        Assert.Equal(codes.Count(static code => code != 0), lines.Count(static line => line.StartsWith("Error: ", StringComparison.Ordinal)));
    }
}
