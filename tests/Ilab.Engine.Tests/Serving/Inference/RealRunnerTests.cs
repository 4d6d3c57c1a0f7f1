using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using static Ilab.Engine.Tests.Serving.Inference.EngineFixture;

namespace Ilab.Engine.Tests.Serving.Inference;

/// <summary>The same promises, kept by real processes.</summary>
[Collection(NativeCompute.Name)]
public sealed class RealRunnerTests
{
    private const string Missing = "ilab-runner is not built: dotnet build src/Ilab.Runner";

    [SkippableFact]
    public async Task A_model_is_loaded_answers_and_is_unloaded()
    {
        Skip.If(RealRunner.Program is null, Missing);
        await using var real = new RealRunner();

        var first = await CollectAsync(real.Engine.GenerateAsync(real.Request(8), CancellationToken.None));
        var second = await CollectAsync(real.Engine.GenerateAsync(real.Request(8), CancellationToken.None));

        Assert.Equal(8, Assert.IsType<GenerationFinished>(first[^1]).CompletionTokens);
        Assert.Equal(Text(first), Text(second));
        var loaded = Assert.Single(real.Engine.Loaded);
        Assert.InRange(loaded.Resident, 1, loaded.Memory * 2);
        await real.Engine.UnloadAsync("", true, false, CancellationToken.None).WaitAsync(Patience);
        Assert.Empty(real.Engine.Loaded);
        Assert.False(Directory.Exists($"/proc/{loaded.ProcessId}"));
    }

    [SkippableFact]
    public async Task What_finds_no_place_is_refused_with_a_time_to_come_back()
    {
        Skip.If(RealRunner.Program is null, Missing);
        await using var real = new RealRunner(queue: 0);
        var asked = Enumerable.Range(0, 20).Select(_ => CollectAsync(real.Engine.GenerateAsync(real.Request(0), CancellationToken.None))).ToArray();
        await Task.WhenAll(asked).ContinueWith(static _ => { }, TaskScheduler.Default);

        Assert.True(asked.Count(static one => one.IsCompletedSuccessfully) >= 2, "there are two places");
        foreach (var refused in asked.Where(static one => one.IsFaulted))
        {
            var error = Assert.IsType<EngineException>(refused.Exception!.InnerException);
            Assert.Equal((ErrorKind.QueueFull, "the model is answering 2 requests, and 0 are waiting"), (error.Kind, error.Message));
            Assert.Equal($"try again in {error.RetryAfter!.Value.TotalSeconds:0} s", error.Hint);
        }

        Assert.Contains(asked, static one => one.IsFaulted);
    }

    [SkippableFact]
    public async Task A_killed_runner_is_one_clear_line_and_the_next_request_works()
    {
        Skip.If(RealRunner.Program is null, Missing);
        await using var real = new RealRunner();
        var begun = new TaskCompletionSource();
        var running = Task.Run(async () =>
        {
            await foreach (var e in real.Engine.GenerateAsync(real.Request(0), CancellationToken.None))
            {
                if (e is GenerationStarted)
                {
                    RealRunner.Kill(real.Engine.Loaded.Single(), 9);
                    begun.TrySetResult();
                }
            }
        });
        await begun.Task.WaitAsync(Patience);

        // A tiny model may have finished before the signal came.
        try
        {
            await running.WaitAsync(Patience);
        }
        catch (EngineException e)
        {
            Assert.Equal(ErrorKind.RunnerLost, e.Kind);
            Assert.Equal("the runner of tiny.gguf died: killed by signal 9 (SIGKILL)", e.Message);
        }

        await Until(() => real.Engine.Loaded.Count == 0);
        Assert.Equal(
            3,
            Assert.IsType<GenerationFinished>((await CollectAsync(real.Engine.GenerateAsync(real.Request(3), CancellationToken.None)))[^1]).CompletionTokens
        );
    }

    [SkippableFact]
    public async Task A_runner_outlives_its_service_and_answers_the_next_one_without_loading()
    {
        Skip.If(RealRunner.Program is null, Missing);
        await using var real = new RealRunner();
        var before = Text(await CollectAsync(real.Engine.GenerateAsync(real.Request(8, "g"), CancellationToken.None)));
        var pid = real.Engine.Loaded.Single().ProcessId;
        await real.RestartAsync();

        var events = await CollectAsync(real.Engine.GenerateAsync(real.Request(8), CancellationToken.None));

        Assert.Equal(before, Text(events));
        Assert.Equal(pid, real.Engine.Loaded.Single().ProcessId);
        Assert.Equal(before, Text(await CollectAsync(real.Engine.AttachAsync("g", 0, CancellationToken.None))));
    }

    [SkippableFact]
    public async Task An_id_that_was_asked_for_too_early_can_still_be_used()
    {
        Skip.If(RealRunner.Program is null, Missing);
        await using var real = new RealRunner();
        await CollectAsync(real.Engine.GenerateAsync(real.Request(2), CancellationToken.None));
        await real.RestartAsync();
        var early = await Assert.ThrowsAsync<EngineException>(() => CollectAsync(real.Engine.AttachAsync("g", 0, CancellationToken.None)));
        Assert.Equal(ErrorKind.NotFound, early.Kind);

        var events = await CollectAsync(real.Engine.GenerateAsync(real.Request(2, "g"), CancellationToken.None));

        Assert.Equal(2, Assert.IsType<GenerationFinished>(events[^1]).CompletionTokens);
    }

    [SkippableFact]
    public async Task The_death_of_an_adopted_runner_is_noticed()
    {
        Skip.If(RealRunner.Program is null, Missing);
        await using var real = new RealRunner();
        await CollectAsync(real.Engine.GenerateAsync(real.Request(2), CancellationToken.None));
        await real.RestartAsync();
        RealRunner.Kill(real.Engine.Loaded.Single(), 9);

        await Until(() => real.Engine.Loaded.Count == 0);
    }

    [SkippableFact]
    public async Task A_prompt_that_is_too_long_says_so()
    {
        Skip.If(RealRunner.Program is null, Missing);
        await using var real = new RealRunner();
        var request = real.Request(2) with { Prompt = string.Concat(Enumerable.Repeat("far too long ", 500)) };

        var error = await Assert.ThrowsAsync<EngineException>(() => CollectAsync(real.Engine.GenerateAsync(request, CancellationToken.None)));

        Assert.Equal(ErrorKind.ContextExceeded, error.Kind);
    }

    [SkippableFact]
    public async Task A_file_that_is_no_model_says_so_and_starts_nothing()
    {
        Skip.If(RealRunner.Program is null, Missing);
        await using var real = new RealRunner();
        await File.WriteAllTextAsync(real.Model, "GGUF, but not really");

        var error = await Assert.ThrowsAsync<EngineException>(() => CollectAsync(real.Engine.GenerateAsync(real.Request(2), CancellationToken.None)));

        Assert.Equal(ErrorKind.InvalidModel, error.Kind);
        Assert.Empty(real.Engine.Loaded);
    }
}
