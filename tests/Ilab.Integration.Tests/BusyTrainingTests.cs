using System.Diagnostics;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>`model train` beside two endless loops, and beside nothing else: no other test runs meanwhile.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "SameForEveryUser")]
public sealed class BusyTrainingTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly IlabInstallation _ilab = new();

    /// <summary>What people are promised of the installed client; the one of the build is compiled each time as it starts, beside these loops.</summary>
    private static TimeSpan AtOnce => TimeSpan.FromSeconds(TestPaths.ProgramsAreInstalled ? 2 : 12);

    public async Task InitializeAsync()
    {
        await _ilab.StartAsync("--threads", "2");
        RandomTransformer.Write(In("base.gguf"), new TransformerShape());
        (await _ilab.RunAsync("model", "import", In("base.gguf"), "--name", "base")).Expect(0);
        await File.WriteAllTextAsync(In("facts.jsonl"), """{"prompt":"The sea is","completion":" blue."}""");
    }

    public async Task DisposeAsync() => await _ilab.DisposeAsync();

    [Fact]
    public async Task ATrainingIsSeenAndCancelledAtOnce()
    {
        var loops = Enumerable.Range(0, 2).Select(_ => _ilab.StartProgram("/bin/sh", "-c", "while :; do :; done")).ToArray();
        try
        {
            using var client = _ilab.Start([], "model", "train", "base", "--data", In("facts.jsonl"), "--tag", "never", "--steps", "100000");
            var line = await client.StandardError.ReadLineAsync().WaitAsync(AtOnce);
            Assert.Matches("^job [0-9a-f]{12} started$", line);
            var job = line!.Split(' ')[1];
            await FirstStepAsync(Directory.GetDirectories(In("store/jobs"), job + "*").Single());
            var watch = Stopwatch.StartNew();
            (await _ilab.RunAsync("job", "cancel", job)).Expect(0);
            Assert.Equal(130, (await _ilab.RunAsync("job", "wait", job)).ExitCode);
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, AtOnce);
            await client.StandardError.ReadToEndAsync();
            await client.WaitForExitAsync();
            Assert.Equal(130, client.ExitCode);
        }
        finally
        {
            foreach (var loop in loops)
            {
                loop.Kill();
                loop.Dispose();
            }
        }
    }

    private static async Task FirstStepAsync(string job)
    {
        var events = Path.Combine(job, "train", "events.jsonl");
        using var deadline = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!File.Exists(events) || !(await ReadAsync()).Contains("\"type\":\"step\"", StringComparison.Ordinal))
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }

        async Task<string> ReadAsync()
        {
            using var reader = new StreamReader(new FileStream(events, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            return await reader.ReadToEndAsync(deadline.Token);
        }
    }

    private string In(string name) => Path.Combine(_ilab.Root, name);
}
