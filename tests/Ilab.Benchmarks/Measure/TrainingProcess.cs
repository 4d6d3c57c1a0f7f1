using System.Diagnostics;
using System.Text.Json;

namespace Ilab.Benchmarks.Measure;

/// <summary>What a training came to.</summary>
internal sealed record TrainingOutcome(
    double TokensPerSecond,
    double Memory,
    double PlannedMemory,
    double Seconds,
    double PlannedSeconds,
    double FirstLoss,
    double FinalLoss
);

/// <summary>A training by the runner alone, or by a peer; steps are timed by themselves, the first quarter does not count.</summary>
internal static class TrainingProcess
{
    /// <summary>The runner that is measured.</summary>
    public static string Program(string repository) =>
        Environment.GetEnvironmentVariable("ILAB_BENCH_RUNNER") ?? Path.Combine(repository, "artifacts", "dist", "lib", "ilab", "ilab-runner");

    /// <param name="training">What the spec says of the training, as JSON.</param>
    public static Task<TrainingOutcome> RunAsync(
        string repository,
        string folder,
        string model,
        string accelerator,
        object training,
        CancellationToken cancellationToken
    )
    {
        return RunAsync(Program(repository), folder, model, accelerator, training, "cpu", Environment.ProcessorCount, cancellationToken);
    }

    /// <param name="program">The runner.</param>
    /// <param name="device">Where <paramref name="training"/> says that it is computed.</param>
    public static async Task<TrainingOutcome> RunAsync(
        string program,
        string folder,
        string model,
        string accelerator,
        object training,
        string device,
        int threads,
        CancellationToken cancellationToken
    )
    {
        var bundle = Directory.CreateTempSubdirectory("ilab-bench-bundle-").FullName;
        var output = Path.Combine(bundle, "out");
        var options = JsonSerializer.SerializeToNode(training)!.AsObject();
        options["output"] = output;
        var spec = new
        {
            protocol = 1,
            kind = "train",
            id = "bench",
            model = new { files = new[] { model } },
            device,
            threads,
            accelerator = new { mode = accelerator, records = folder },
            training = options,
        };
        await File.WriteAllTextAsync(Path.Combine(bundle, "spec"), JsonSerializer.Serialize(spec), cancellationToken);
        var start = new ProcessStartInfo(program, ["train", "--bundle", bundle]);
        start.Environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"; // as the service starts runners
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} train: {await File.ReadAllTextAsync(Path.Combine(bundle, "runner.log"), cancellationToken)}");
        }

        var events = (await File.ReadAllLinesAsync(Path.Combine(output, "events.jsonl"), cancellationToken))
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .ToArray();
        var steps = events.Where(static entry => Is(entry, "step")).ToArray();
        var (plan, end) = (events.First(static entry => Is(entry, "plan")), events.Last(static entry => Is(entry, "finished")));
        var taken = (steps[^1].GetProperty("time").GetDateTimeOffset() - plan.GetProperty("time").GetDateTimeOffset()).TotalSeconds;
        Directory.Delete(bundle, recursive: true);
        return new TrainingOutcome(
            Median(steps.Skip(steps.Length / 4).Select(static step => step.GetProperty("tokensPerSecond").GetDouble())),
            end.GetProperty("memory").GetDouble(),
            plan.GetProperty("memory").GetDouble(),
            taken,
            plan.GetProperty("remaining").GetDouble(),
            steps[0].GetProperty("loss").GetDouble(),
            steps[^1].GetProperty("loss").GetDouble()
        );
    }

    /// <returns>Null when there is no PyTorch here.</returns>
    public static async Task<(double TokensPerSecond, double Memory)?> PeerAsync(
        string repository,
        IReadOnlyList<string> arguments,
        CancellationToken cancellationToken
    )
    {
        var script = Path.Combine(repository, "tests", "Ilab.Benchmarks", "Peers", "lora_torch.py");
        var start = new ProcessStartInfo("/usr/bin/python3", [script, .. arguments]) { RedirectStandardOutput = true };
        foreach (var setting in start.Environment.Keys.Where(static key => key.StartsWith("OPENBLAS_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(setting); // the peer chooses its own kernels: some machines are set to hold it back
        }

        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            return null;
        }

        using var json = JsonDocument.Parse(text);
        return (json.RootElement.GetProperty("tokensPerSecond").GetDouble(), json.RootElement.GetProperty("memory").GetDouble());
    }

    private static bool Is(JsonElement entry, string type) => entry.GetProperty("type").GetString() == type;

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
