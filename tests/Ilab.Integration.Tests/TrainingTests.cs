using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>`model train` with a real service and a real runner: what was taught is said, and no death on the way changes the result.</summary>
public sealed class TrainingTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Steps that are not over before somebody looks twice.</summary>
    private const string Many = "1000";

    private readonly IlabInstallation _ilab = new();

    public async Task InitializeAsync()
    {
        await _ilab.StartAsync("--threads", "2");
        var model = In("base.gguf");
        RandomTransformer.Write(model, new TransformerShape());
        (await _ilab.RunAsync("model", "import", model, "--name", "base")).Expect(0);
        await File.WriteAllLinesAsync(
            In("facts.jsonl"),
            new[] { ("The sea", "blue"), ("The sun", "gold"), ("A fox", "red") }.Select(static fact =>
                JsonSerializer.Serialize(new { prompt = $"{fact.Item1} is", completion = $" {fact.Item2}." })
            )
        );
    }

    public async Task DisposeAsync() => await _ilab.DisposeAsync();

    [Fact]
    public async Task WhatWasTaughtIsSaidByTheNewModelAlone()
    {
        var trained = (await TrainAsync("taught", "--label", "team=sea")).Expect(0);

        Assert.Equal("taught:latest\n", trained.Output);
        Assert.Contains("3 samples with prompt", trained.Error, StringComparison.Ordinal);
        Assert.Contains("step 120 of 120: loss", trained.Error, StringComparison.Ordinal);
        // The vocabulary of the random model spells a space byte by byte.
        Assert.StartsWith("\u2581blue.", await SayAsync("taught", "The sea is"), StringComparison.Ordinal);
        Assert.StartsWith("\u2581red.", await SayAsync("taught", "A fox is"), StringComparison.Ordinal);
        Assert.DoesNotContain("blue", await SayAsync("base", "The sea is"), StringComparison.Ordinal);

        var inspected = (await _ilab.RunAsync("model", "inspect", "taught")).Expect(0).Output;
        Assert.Contains("ilab.data", inspected, StringComparison.Ordinal);
        Assert.Contains("\"sea\"", inspected, StringComparison.Ordinal);

        var job = (await _ilab.RunAsync("job", "ls", "--all", "--format", "{{.ID}}")).Expect(0).Output.Trim();
        (await _ilab.RunAsync("job", "inspect", job, "--plot", In("loss.svg"), "--tensorboard", In("board"))).Expect(0);
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(In("loss.svg")), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(In("board"), "events.out.tfevents.*"));
        var metrics = (await _ilab.RunAsync("job", "inspect", job, "--metrics", "-"))
            .Expect(0)
            .Output.TrimEnd()
            .Split('\n')
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .ToArray();
        Assert.Equal(120, metrics.Count(static entry => entry.GetProperty("type").GetString() == "step"));

        // What the plan promised is what it took.
        var (planned, taken) = (Memory("plan"), Memory("finished"));
        Assert.InRange(planned / taken, 0.8, 1.2);

        double Memory(string type) => metrics.Single(entry => entry.GetProperty("type").GetString() == type).GetProperty("memory").GetDouble();

        // The adapter serves a quantized copy of its base too.
        (await _ilab.RunAsync("model", "quantize", "base", "--type", "Q8_0", "--name", "small", "--quiet")).Expect(0);
        Assert.StartsWith("\u2581blue.", await SayAsync("small+taught", "The sea is"), StringComparison.Ordinal);
        Assert.Contains(
            "is not an adapter",
            (await _ilab.RunAsync("model", "inference", "--model-name", "taught+small", "--prompt", "x")).Expect(2).Error,
            StringComparison.Ordinal
        );

        // Base and adapter together, as one model of another type, and by way of the files of PEFT.
        (await _ilab.RunAsync("model", "quantize", "taught", "--type", "Q8_0", "--name", "whole", "--quiet")).Expect(0);
        Assert.StartsWith("\u2581blue.", await SayAsync("whole", "The sea is"), StringComparison.Ordinal);
        (await _ilab.RunAsync("model", "convert", "taught", "--to", "safetensors", "--output", In("peft"))).Expect(0);
        Assert.True(File.Exists(In("peft/adapter_model.safetensors")));
        (await _ilab.RunAsync("model", "convert", In("peft"), "--base", "base", "--name", "again", "--quiet")).Expect(0);
        Assert.StartsWith("\u2581blue.", await SayAsync("again", "The sea is"), StringComparison.Ordinal);
        Assert.StartsWith("\u2581blue.", await SayAsync("small+again", "The sea is"), StringComparison.Ordinal);

        // The new model needs the weights of its base, whatever becomes of the base's name.
        (await _ilab.RunAsync("model", "rm", "--force", "base")).Expect(0);
        Assert.StartsWith("\u2581gold.", await SayAsync("taught", "The sun is"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKilledRunnerAndAKilledServiceChangeNothing()
    {
        (await TrainAsync("whole", "--steps", Many)).Expect(0);
        var job = (await TrainAsync("broken", "--detach", "--steps", Many)).Expect(0).Output.Trim();
        await UntilAsync(() => StepsOf(job) >= 30);
        Process.GetProcessById(RunnerOf(job)).Kill();
        await UntilAsync(() => StepsOf(job) >= 60);
        await _ilab.KillAsync();
        Kill(RunnerOf(job));
        await _ilab.StartAsync("--threads", "2");

        (await _ilab.RunAsync("job", "wait", job)).Expect(0);
        var jobs = JsonDocument.Parse((await _ilab.RunAsync("job", "ls", "--all", "--format", "json")).Expect(0).Output).RootElement.EnumerateArray();
        var whole = jobs.Select(static entry => entry.GetProperty("ID").GetString()!).Single(id => !job.StartsWith(id[..12], StringComparison.Ordinal));
        Assert.Equal(HashOf(whole), HashOf(job));
    }

    [Fact]
    public async Task BadRecordsAreToldWithTheirLines()
    {
        await File.WriteAllLinesAsync(In("facts.jsonl"), ["""{"prompt":"a","completion":"b"}""", "nonsense", """{"verse":"x"}"""]);
        var result = (await TrainAsync("never")).Expect(2);
        Assert.Contains("facts.jsonl: line 2: not JSON (byte 1); line 3: not a record: it has neither messages", result.Error, StringComparison.Ordinal);
        Assert.Equal("[]", (await _ilab.RunAsync("job", "ls", "--all", "--format", "json")).Expect(0).Output.Trim());

        // What only the training can say, it says with the line, too.
        await File.WriteAllLinesAsync(In("facts.jsonl"), ["""{"prompt":"a","completion":"b"}""", """{"text":"x"}"""]);
        Assert.Contains("line 2: the record has text", (await TrainAsync("never")).Expect(1).Error, StringComparison.Ordinal);
        Assert.NotEqual(0, (await _ilab.RunAsync("model", "exists", "never")).ExitCode);
    }

    [Fact]
    public async Task ACancelledTrainingEndsItsRunner()
    {
        var job = (await TrainAsync("never", "--detach", "--steps", "100000")).Expect(0).Output.Trim();
        await UntilAsync(() => StepsOf(job) >= 2);
        var runner = RunnerOf(job);

        // Its plan is in the ledger of devices as long as it runs.
        var plan = JsonDocument
            .Parse(
                (await _ilab.RunAsync("job", "inspect", job, "--metrics", "-"))
                    .Expect(0)
                    .Output.Split('\n')
                    .First(static line => line.Contains("\"type\":\"plan\"", StringComparison.Ordinal))
            )
            .RootElement.GetProperty("memory")
            .GetDouble();
        Assert.InRange(await MemoryOfAsync(job) / plan, 0.9, 1.1);
        Assert.InRange(await ReservedAsync() / plan, 0.9, 1.1);
        (await _ilab.RunAsync("job", "cancel", job)).Expect(0);
        await UntilAsync(() => !Directory.Exists($"/proc/{runner}") || File.ReadAllText($"/proc/{runner}/stat").Contains(") Z ", StringComparison.Ordinal));

        Assert.Equal(130, (await _ilab.RunAsync("job", "wait", job)).ExitCode);
        Assert.Equal(0, await MemoryOfAsync(job));
        Assert.Equal(0, await ReservedAsync());
    }

    [Fact]
    public async Task WhatATestLeavesBehindEndsWithItsInstallation()
    {
        var job = (await TrainAsync("never", "--detach", "--steps", "100000")).Expect(0).Output.Trim();
        await UntilAsync(() => StepsOf(job) >= 2);
        await _ilab.KillAsync();
        Assert.Equal(RunnerOf(job), Assert.Single(_ilab.LeftBehind()).Id);

        await _ilab.EndAsync();
        Assert.Empty(_ilab.LeftBehind());
    }

    [Fact]
    public async Task WhatDoesNotFitIsRefusedBeforeItStarts()
    {
        await _ilab.KillAsync();
        await _ilab.StartAsync("--threads", "2", "--memory-limit", "400M");
        await File.WriteAllLinesAsync(
            In("facts.jsonl"),
            Enumerable.Range(0, 64).Select(static index => JsonSerializer.Serialize(new { text = new string((char)('a' + (index % 26)), 500) }))
        );
        var refused = await TrainAsync("never", "--batch-size", "64", "--max-seq-len", "512");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the training does not fit: it needs", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("step 1 of", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, await ReservedAsync());
        (await TrainAsync("small", "--batch-size", "1", "--max-seq-len", "512", "--steps", "2")).Expect(0);
    }

    [Fact]
    public async Task AnIdleModelMakesRoomForATraining()
    {
        await SayAsync("base", "The sea is");
        var served = await ReservedAsync();
        var job = (await TrainAsync("alone", "--detach", "--steps", "1")).Expect(0).Output.Trim();
        (await _ilab.RunAsync("job", "wait", job)).Expect(0);
        var needed = JsonDocument
            .Parse(
                (await _ilab.RunAsync("job", "inspect", job, "--metrics", "-"))
                    .Expect(0)
                    .Output.Split('\n')
                    .First(static line => line.Contains("\"type\":\"plan\"", StringComparison.Ordinal))
            )
            .RootElement.GetProperty("memory")
            .GetDouble();
        Assert.NotEqual("", await LoadedAsync());
        await _ilab.EndAsync();

        // Room for either, but not for both.
        await _ilab.StartAsync(
            "--threads",
            "2",
            "--memory-limit",
            string.Create(CultureInfo.InvariantCulture, $"{(long)(Math.Max(served, needed) + (Math.Min(served, needed) / 2)) >> 20}M")
        );
        await SayAsync("base", "The sea is");
        Assert.NotEqual("", await LoadedAsync());
        (await TrainAsync("roomy", "--steps", "1")).Expect(0);

        Assert.Equal("", await LoadedAsync());
    }

    private async Task<string> LoadedAsync() => (await _ilab.RunAsync("model", "ps", "--quiet")).Expect(0).Output.Trim();

    private async Task<double> MemoryOfAsync(string job) =>
        JsonDocument.Parse((await _ilab.RunAsync("job", "inspect", job)).Expect(0).Output).RootElement[0].GetProperty("Memory").GetDouble();

    private async Task<double> ReservedAsync() =>
        JsonDocument
            .Parse((await _ilab.RunAsync("system", "info", "--format", "json")).Expect(0).Output)
            .RootElement.GetProperty("Devices")
            .EnumerateArray()
            .Sum(static device => device.GetProperty("MemoryReserved").GetDouble());

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    private static void Kill(int pid)
    {
        try
        {
            Process.GetProcessById(pid).Kill();
        }
        catch (ArgumentException)
        {
            // It had just ended.
        }
    }

    private Task<CommandResult> TrainAsync(string name, params string[] more) =>
        _ilab.RunAsync([
            "model",
            "train",
            "base",
            "--data",
            In("facts.jsonl"),
            "--tag",
            name,
            "--rank",
            "16",
            "--learning-rate",
            "0.01",
            "--checkpoint-interval",
            "20",
            .. Defaults(more, "--batch-size", "1"),
            .. Defaults(more, "--steps", "120"),
            .. more,
        ]);

    private static string[] Defaults(string[] given, string option, string value) => given.Contains(option) ? [] : [option, value];

    private async Task<string> SayAsync(string model, string prompt) =>
        (await _ilab.RunAsync("model", "inference", "--model-name", model, "--prompt", prompt, "--temperature", "0", "--max-length", "8")).Expect(0).Output;

    private string In(string file) => Path.Combine(_ilab.Root, file);

    private string JobFolder(string id) => Directory.GetDirectories(Path.Combine(_ilab.Root, "store", "jobs"), id[..12] + "*").Single();

    private int StepsOf(string id)
    {
        var path = Path.Combine(JobFolder(id), "train", "events.jsonl");
        if (!File.Exists(path))
        {
            return 0;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n').Count(static line => line.Contains("\"type\":\"step\"", StringComparison.Ordinal));
    }

    private int RunnerOf(string id)
    {
        using var ready = JsonDocument.Parse(File.ReadAllText(Path.Combine(JobFolder(id), "runner", "ready.json")));
        return ready.RootElement.GetProperty("pid").GetInt32();
    }

    private string HashOf(string id) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(JobFolder(id), "train", "adapter.gguf"))));
}
