using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>kill -9 at the worst moment.</summary>
public sealed class KillTests(ServedModel served) : IClassFixture<ServedModel>
{
    private IlabInstallation Ilab => served.Ilab;

    [Fact]
    public async Task TheNextServiceAdoptsTheRunnerAndAnswersWithoutReloading()
    {
        await AnswerAsync();
        var before = await RunnerAsync();
        await Ilab.KillAsync();
        await Ilab.StartAsync();
        Assert.Equal(before, await RunnerAsync());
        await AnswerAsync();
        Assert.Equal(before, await RunnerAsync());
    }

    [Fact]
    public async Task ARunnerThatDiesCostsItsClientOneLineAndNobodyElseAnything()
    {
        await AnswerAsync();
        var (_, pid) = await RunnerAsync();
        using var client = Ilab.Start(
            [],
            "model",
            "inference",
            "--model-name",
            "tiny",
            "--prompt",
            "abc",
            "--max-length",
            "450",
            "--temperature",
            "0",
            "--stream"
        );
        client.StandardInput.Close();
        var first = new char[1];
        await client.StandardOutput.ReadBlockAsync(first);
        System.Diagnostics.Process.GetProcessById(pid).Kill();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var error = await client.StandardError.ReadToEndAsync(deadline.Token);
        await client.WaitForExitAsync(deadline.Token);
        if (client.ExitCode != 0) // it may have finished in the same moment
        {
            Assert.Equal(125, client.ExitCode);
            Assert.StartsWith("Error: ", error, StringComparison.Ordinal);
            Assert.Equal(1, error.Count(static character => character == '\n'));
        }

        await AnswerAsync();
    }

    private async Task AnswerAsync() =>
        (await Ilab.RunAsync("model", "inference", "--model-name", "tiny", "--prompt", "abc", "--max-length", "5", "--temperature", "0")).Expect(0);

    private async Task<(string Runner, int Pid)> RunnerAsync()
    {
        var loaded = JsonDocument.Parse((await Ilab.RunAsync("model", "ps", "--format", "json")).Expect(0).Output).RootElement;
        var model = Assert.Single(loaded.EnumerateArray());
        return (model.GetProperty("Runner").GetString()!, model.GetProperty("Pid").GetInt32());
    }
}
