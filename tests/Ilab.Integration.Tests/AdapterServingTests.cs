using System.Text.Json;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A base is loaded once, and answers with any of the adapters that were trained beside it.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class AdapterServingTests : IAsyncLifetime
{
    private const double LittleMore = 1.1;
    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new();

    public async Task InitializeAsync()
    {
        await _ilab.StartAsync("--threads", "1");
        var model = In("base.gguf");
        RandomTransformer.Write(model, new TransformerShape { ContextLength = 4096 });
        (await _ilab.RunAsync("model", "import", model, "--name", "base")).Expect(0);
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [Fact]
    public async Task ThreeAdaptersNeedOneRunnerAndHardlyMoreMemoryThanTheBase()
    {
        foreach (var (name, colour) in new[] { ("a", "blue"), ("b", "gold"), ("c", "red") })
        {
            await TrainAsync(name, colour);
        }

        await TrainAsync("merged", "blue", "--convert");
        var plain = await SayAsync("base");
        var (runner, alone) = await LoadedAsync();
        string[] models = ["base+a", "base+b", "c"];
        var answers = new List<string>();
        foreach (var model in models)
        {
            answers.Add(await SayAsync(model));
        }

        // The vocabulary of the random model spells a space byte by byte.
        string[] colours = ["blue", "gold", "red"];
        Assert.All(colours.Zip(answers), static pair => Assert.StartsWith("\u2581" + pair.First, pair.Second, StringComparison.Ordinal));
        Assert.Equal(answers, await Task.WhenAll(models.Select(SayAsync)));
        Assert.Equal(plain, await SayAsync("base"));
        var (same, together) = await LoadedAsync();
        Assert.Equal(runner, same);
        Assert.InRange(together / alone, 0, LittleMore);
        Assert.Contains("base:latest+b:latest", (await _ilab.RunAsync("model", "ps")).Expect(0).Output, StringComparison.Ordinal);

        // Weights that have the adapter in them say the same.
        Assert.Equal(answers[0], await SayAsync("merged"));

        // Whichever of its models is named, it is this runner.
        (await _ilab.RunAsync("model", "stop", "merged")).Expect(0);
        Assert.Equal("c:latest\n", (await _ilab.RunAsync("model", "stop", "c")).Expect(0).Output);
        Assert.Equal("[]", (await _ilab.RunAsync("model", "ps", "--format", "json")).Expect(0).Output.Trim());
    }

    [Fact]
    public async Task AnAdapterThatIsRemovedStaysForThoseWhoUseIt()
    {
        // One step teaches nothing: it goes on and on.
        await TrainAsync("d", "blue", "--steps", "1");
        using var client = _ilab.Start(
            [],
            "model",
            "inference",
            "--model-name",
            "base+d",
            "--prompt",
            "The sea is",
            "--temperature",
            "0",
            "--max-length",
            "1000",
            "--stream"
        );
        client.StandardInput.Close();
        var first = new char[1];
        await client.StandardOutput.ReadBlockAsync(first);
        Assert.Contains("in use", (await _ilab.RunAsync("model", "rm", "d")).Expect(125).Error, StringComparison.Ordinal);
        (await _ilab.RunAsync("model", "rm", "--force", "d")).Expect(0);
        (await _ilab.RunAsync("system", "prune", "--force")).Expect(0);

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var (output, error) = (client.StandardOutput.ReadToEndAsync(deadline.Token), client.StandardError.ReadToEndAsync(deadline.Token));
        await client.WaitForExitAsync(deadline.Token);
        Assert.True(client.ExitCode == 0, await error);
        await output;
        Assert.Equal(127, (await _ilab.RunAsync("model", "inference", "--model-name", "base+d", "--prompt", "x")).ExitCode);
    }

    private async Task TrainAsync(string name, string colour, params string[] more)
    {
        var data = In($"{name}.jsonl");
        await File.WriteAllTextAsync(data, JsonSerializer.Serialize(new { prompt = "The sea is", completion = $" {colour}." }));
        (
            await _ilab.RunAsync([
                "model",
                "train",
                "base",
                "--data",
                data,
                "--tag",
                name,
                "--rank",
                "4",
                "--learning-rate",
                "0.02",
                "--batch-size",
                "1",
                "--quiet",
                .. more.Contains("--steps") ? more : [.. more, "--steps", "30"],
            ])
        ).Expect(0);
    }

    private async Task<string> SayAsync(string model) =>
        (await _ilab.RunAsync("model", "inference", "--model-name", model, "--prompt", "The sea is", "--temperature", "0", "--max-length", "30"))
            .Expect(0)
            .Output;

    private async Task<(string Runner, double Resident)> LoadedAsync()
    {
        var loaded = JsonDocument.Parse((await _ilab.RunAsync("model", "ps", "--format", "json")).Expect(0).Output).RootElement;
        var model = Assert.Single(loaded.EnumerateArray());
        return (model.GetProperty("Runner").GetString()!, model.GetProperty("Resident").GetDouble());
    }

    private string In(string file) => Path.Combine(_ilab.Root, file);
}
