using System.Diagnostics;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>An answer that somebody waits for goes between the parts of a training's steps: it does not wait for a step with each of its tokens.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "SameForEveryUser")]
public sealed class TrainingGivesWayTests : IAsyncLifetime
{
    private const int Tokens = 40;

    private readonly IlabInstallation _ilab = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(5));

    public async Task InitializeAsync()
    {
        await _ilab.StartAsync("--threads", "2", "--accelerator", "off");
        var file = Path.Combine(_ilab.Root, "base.gguf");
        RandomLlama.Write(file, new LlamaShape(384, 1024, 8, 8, 4096, ContextLength: 512), "base");
        (await _ilab.RunAsync("model", "import", file, "--name", "base")).Expect(0);
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _deadline.Dispose();
    }

    [Fact]
    public async Task AnAnswerDoesNotWaitForStepsOfATraining()
    {
        var data = Path.Combine(_ilab.Root, "data.jsonl");
        var text = string.Concat(Enumerable.Repeat("the sea is blue and wide ", 14));
        await File.WriteAllLinesAsync(data, Enumerable.Range(0, 16).Select(number => $$"""{"prompt":"{{number}}","completion":"{{text}}"}"""));
        string[] ask = ["model", "inference", "--model-name", "base", "--prompt", "a", "--max-length", $"{Tokens}", "--temperature", "0"];
        (await _ilab.RunAsync(ask)).Expect(0); // it is loaded now
        var job = (await _ilab.RunAsync("model", "train", "base", "--data", data, "--tag", "never", "--steps", "100000", "--batch-size", "4", "--detach"))
            .Expect(0)
            .Output.Trim();
        var events = Path.Combine(Directory.GetDirectories(Path.Combine(_ilab.Root, "store", "jobs"), job + "*").Single(), "train", "events.jsonl");

        await StepsAsync(events, 2);
        var steps = Stopwatch.StartNew();
        await StepsAsync(events, 4);
        var step = steps.Elapsed / 2;

        var asked = Stopwatch.StartNew();
        (await _ilab.RunAsync(ask)).Expect(0);
        Assert.True(asked.Elapsed < step * Tokens / 2, $"{Tokens} tokens took {asked.Elapsed}, and a step of the training {step}");

        // It has lost nothing but time.
        await StepsAsync(events, await CountAsync(events) + 1);
        (await _ilab.RunAsync("job", "cancel", job)).Expect(0);
    }

    private async Task StepsAsync(string events, int count)
    {
        while (await CountAsync(events) < count)
        {
            await Task.Delay(20, _deadline.Token);
        }
    }

    private async Task<int> CountAsync(string events)
    {
        try
        {
            return (await File.ReadAllLinesAsync(events, _deadline.Token)).Count(static line => line.Contains("\"type\":\"step\"", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return 0; // not there yet
        }
    }
}
