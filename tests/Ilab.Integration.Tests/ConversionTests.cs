using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>From a Hugging Face folder to a smaller model and back, with the real programs.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class ConversionTests : IAsyncLifetime
{
    private const int Kill = 9,
        Continue = 18,
        Stop = 19;
    private readonly IlabInstallation _ilab = new();
    private readonly GgmlLock _compute = new();

    public Task InitializeAsync() => _ilab.StartAsync();

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [Fact]
    public async Task AFolderBecomesAModelThatIsQuantizedMeasuredAndGivenBack()
    {
        var source = Path.Combine(_ilab.Root, "tiny-hf");
        new TinyModel(new TinyModelShape()).Write(source, shards: 2);
        Assert.Equal("tiny:hf\n", (await _ilab.RunAsync("model", "convert", source, "--name", "tiny:hf")).Expect(0).Output);
        Assert.Contains($"convert:{source}", (await _ilab.RunAsync("model", "inspect", "tiny:hf")).Expect(0).Output, StringComparison.Ordinal);

        var text = Path.Combine(_ilab.Root, "text.txt");
        await File.WriteAllTextAsync(text, string.Concat(Enumerable.Repeat("the cat at the hat, ", 40)));
        var quantized = (await _ilab.RunAsync("model", "quantize", "tiny:hf", "--type", "q8_0", "--evaluate", text, "--evaluate-context", "32")).Expect(0);
        Assert.Equal("tiny:q8_0\n", quantized.Output);
        Assert.Contains("F32 -> ", quantized.Error, StringComparison.Ordinal);
        Assert.Contains("perplexity", quantized.Error, StringComparison.Ordinal);
        (await _ilab.RunAsync("model", "inference", "--model-name", "tiny:q8_0", "--prompt", "the cat", "--max-length", "4")).Expect(0);

        var back = Path.Combine(_ilab.Root, "back");
        (await _ilab.RunAsync("model", "convert", "tiny:hf", "--to", "safetensors", "--output", back)).Expect(0);
        Assert.True(File.Exists(Path.Combine(back, "model.safetensors")) && File.Exists(Path.Combine(back, "tokenizer.model")));
        Assert.Contains(
            "not empty",
            (await _ilab.RunAsync("model", "convert", "tiny:hf", "--to", "safetensors", "--output", back)).Expect(1).Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task WhatCannotBeDoneIsSaidBeforeAJobStarts()
    {
        var source = Path.Combine(_ilab.Root, "tiny-hf");
        new TinyModel(new TinyModelShape()).Write(source);
        Assert.Contains(
            "importance matrix",
            (await RefusedAsync(2, "quantize", await ConvertedAsync(source), "--type", "IQ1_S")).Error,
            StringComparison.Ordinal
        );
        Assert.Contains("supported types: F32", (await RefusedAsync(2, "quantize", "tiny-hf", "--type", "Q9")).Error, StringComparison.Ordinal);
        Assert.Contains("no such file or directory", (await RefusedAsync(127, "convert", "./nowhere")).Error, StringComparison.Ordinal);
        Assert.Contains("--output", (await RefusedAsync(2, "convert", "tiny-hf", "--to", "safetensors")).Error, StringComparison.Ordinal);
        Assert.Empty((await _ilab.RunAsync("job", "ls", "--all", "--filter", "status=failed", "-q")).Expect(0).Output);
    }

    [Fact]
    public async Task AConversionOutlivesItsServiceAndIsNotDoneAgain()
    {
        var (job, bundle, runner) = await StartAndHoldAsync("mine");
        await _ilab.KillAsync();
        await _ilab.StartAsync();
        Assert.Equal("running", await StatusAsync(job));
        Assert.Equal(runner, bundle.ReadReady()!.Pid);
        Assert.Equal(runner, Assert.Single(_ilab.LeftBehind(), process => process.Id != _ilab.ServicePid).Id);
        ProcessTable.Kill(runner, Continue);
        Assert.Equal("succeeded", await EndAsync(job));
        (await _ilab.RunAsync("model", "inference", "--model-name", "mine", "--prompt", "the cat", "--max-length", "4")).Expect(0);
        Assert.Empty(Directory.GetFiles(Path.Combine(_ilab.Root, "store", "content", "ingest")));
    }

    [Fact]
    public async Task AConversionWhoseRunnerDiesWhileNoServiceLivesIsDoneOnceMore()
    {
        var (job, _, runner) = await StartAndHoldAsync("mine");
        await _ilab.KillAsync();
        ProcessTable.Kill(runner, Kill);
        await _ilab.StartAsync();
        Assert.Equal("succeeded", await EndAsync(job));
        (await _ilab.RunAsync("model", "exists", "mine")).Expect(0);
    }

    /// <summary>
    /// A runner that is killed in the middle is replaced by one that goes on where the file is known to be on disk; the model is the same to the last byte.
    /// </summary>
    [Fact]
    public async Task ARunnerThatDiesIsReplacedOnce()
    {
        var (job, _, runner) = await StartAndHoldAsync("mine", isBegun: true);
        ProcessTable.Kill(runner, Kill);
        Assert.Equal("succeeded", await EndAsync(job));
        Assert.True(File.Exists(BlobOf(Path.Combine(_ilab.Root, "mine-hf"))), "the digest is not that of a conversion which nobody disturbs");
        (await _ilab.RunAsync("model", "inference", "--model-name", "mine", "--prompt", "the cat", "--max-length", "4")).Expect(0);
    }

    [Fact]
    public async Task ARunnerThatDiesTwiceFailsTheConversionAndNothingElse()
    {
        var (job, bundle, first) = await StartAndHoldAsync("mine");
        ProcessTable.Kill(first, Kill);
        ProcessTable.Kill(await NextRunnerAsync(first), Kill);
        Assert.Equal("failed", await EndAsync(job));
        Assert.False(Directory.Exists(bundle.Directory));
        Assert.NotEqual(0, (await _ilab.RunAsync("model", "exists", "mine")).ExitCode);
        await ConvertedAsync(Path.Combine(_ilab.Root, "mine-hf"));
    }

    [Fact]
    public async Task ACancelledConversionEndsItsRunnerAndLeavesNothing()
    {
        var (job, bundle, _) = await StartAndHoldAsync("mine");
        (await _ilab.RunAsync("job", "cancel", job)).Expect(0);
        Assert.False(bundle.IsLockHeld);
        Assert.False(Directory.Exists(bundle.Directory + ".files"));
        Assert.Equal("cancelled", await EndAsync(job));
        Assert.Empty(Directory.GetFiles(Path.Combine(_ilab.Root, "store", "content", "ingest")));
        Assert.Null(Note());
    }

    /// <summary>Where runners note how much of an output is on disk.</summary>
    private string? Note() => Directory.GetFiles(Path.Combine(_ilab.Root, "store", "jobs"), "*.kept", SearchOption.AllDirectories).SingleOrDefault();

    /// <summary>Where the store has what becomes of a folder.</summary>
    private string BlobOf(string source)
    {
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(source, static path => File.OpenHandle(path)), null);
        var digest = conversion.Write(Stream.Null, static _ => { }, CancellationToken.None);
        return Path.Combine(_ilab.Root, "store", "content", "blobs", "sha256", Convert.ToHexStringLower(digest));
    }

    /// <summary>A conversion whose runner has begun, and stands still before it can end.</summary>
    /// <param name="isBegun">Whether a part of its output is known to be on disk; runners note that once per 256 MiB.</param>
    private async Task<(string Job, Bundle Bundle, int Runner)> StartAndHoldAsync(string name, bool isBegun = false)
    {
        var source = Path.Combine(_ilab.Root, name + "-hf");
        new TinyModel(
            new TinyModelShape
            {
                Vocabulary = 16_000,
                Embedding = 512,
                FeedForward = isBegun ? 65_536 : 24_576, // 600 or 300 MB: it takes a moment to write
                HeadDimension = 128,
            }
        ).Write(source);
        for (var attempt = 1; ; attempt++) // on a busy machine a conversion may be over before this process has the processor again
        {
            var (job, bundle) = await StartAsync(source, name);
            if (await HoldAsync(bundle, isBegun) is { } runner)
            {
                return (job, bundle, runner);
            }

            Assert.True(attempt < 5, "each conversion was over before it could be stopped");
            await EndAsync(job);
            (await _ilab.RunAsync("model", "rm", name)).Expect(0);
        }
    }

    private async Task<(string Job, Bundle Bundle)> StartAsync(string source, string name)
    {
        var job = (await _ilab.RunAsync("model", "convert", source, "--name", name, "--detach")).Expect(0).Output.Trim();
        var folder = Directory.GetDirectories(Path.Combine(_ilab.Root, "store", "jobs"), job[..12] + "*").Single();
        return (job, new Bundle(Path.Combine(folder, RunnerKinds.Convert)));
    }

    /// <returns>The process that was stopped; null if it was too late.</returns>
    private async Task<int?> HoldAsync(Bundle bundle, bool isBegun)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        RunnerReady? ready;
        var wasThere = false;
        while ((ready = bundle.ReadReady()) is null || (isBegun && Note() is null && bundle.ReadExit() is null))
        {
            var isThere = Directory.Exists(bundle.Directory);
            if (wasThere && !isThere)
            {
                return null;
            }

            wasThere = isThere;

            await timer.WaitForNextTickAsync(deadline.Token);
        }

        return ProcessTable.Kill(ready.Pid, Stop) && bundle.ReadReady() is not null && bundle.ReadExit() is null ? ready.Pid : null;
    }

    /// <summary>The runner that takes the place of another one, as soon as it is there.</summary>
    private async Task<int> NextRunnerAsync(int runner)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (true)
        {
            if (_ilab.LeftBehind().FirstOrDefault(process => process.Id != _ilab.ServicePid && process.Id != runner) is { } next)
            {
                return next.Id;
            }

            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    private async Task<string> EndAsync(string job)
    {
        await _ilab.RunAsync("job", "wait", job);
        return await StatusAsync(job);
    }

    private async Task<string> StatusAsync(string job) => (await _ilab.RunAsync("job", "inspect", job, "--format", "{{.Status}}")).Expect(0).Output.TrimEnd();

    private async Task<string> ConvertedAsync(string source) => (await _ilab.RunAsync("model", "convert", source)).Expect(0).Output.Trim();

    private async Task<CommandResult> RefusedAsync(int code, params string[] command) => (await _ilab.RunAsync(["model", .. command])).Expect(code);
}
