using System.Globalization;
using System.Reflection;
using Ilab.Data.Tests.Fixtures;
using Ilab.Testing;
using Ilab.Testing.Models;
using Ilab.Testing.PowerLoss;

namespace Ilab.Data.Tests.Datasets;

/// <summary>
/// Simulated power loss: a real process uses a store, its file system calls are recorded, and the power is cut at every point of the recording, with the unsynced
/// writes there, not there, or there in part. <c>ILAB_TEST_POWER_CUTS</c> says how often (400).
/// </summary>
public sealed class PowerLossTests
{
    private const int MostShown = 20;

    private static readonly int Cuts = int.Parse(Environment.GetEnvironmentVariable("ILAB_TEST_POWER_CUTS") ?? "400", CultureInfo.InvariantCulture);
    private static readonly int Seed = int.Parse(Environment.GetEnvironmentVariable("ILAB_TEST_SEED") ?? "971", CultureInfo.InvariantCulture);

    [SkippableFact]
    public async Task NothingThatWasAcknowledgedIsLostAndEverythingOpens()
    {
        using var recorder = Recorder.TryCreate();
        Skip.If(recorder is null, "needs gcc for the recorder of file system calls");
        using var models = new TemporaryFolder();
        var files = Enumerable.Range(1, 3).Select(seed => Model(models.Path, seed)).ToArray();
        var program = Assembly.GetExecutingAssembly().Location;
        var calls = await recorder.RunAsync("dotnet", ["exec", program, StoreWorkload.Verb, Path.Combine(recorder.Root, "store"), recorder.Marks, .. files]);
        Assert.Contains(calls, static call => call.Kind == CallKind.Mark);

        var random = new Random(Seed);
        var disk = new SimulatedDisk(recorder.Root);
        var failures = new List<string>();
        var moments = Moments(calls.Count, random);
        var next = 0;
        for (var played = 0; played <= calls.Count; played++)
        {
            for (; next < moments.Length && moments[next] == played; next++)
            {
                var survival = (Survival)(next % 4 % 3);
                failures.AddRange((await CutAsync(disk, survival, random)).Select(problem => $"after call {played} of {calls.Count} ({survival}): {problem}"));
            }

            if (played < calls.Count)
            {
                disk.Play(calls[played]);
            }
        }

        Assert.True(failures.Count == 0, $"seed {Seed}, {moments.Length} cuts, {failures.Count} problems\n{string.Join('\n', failures.Take(MostShown))}");
    }

    /// <summary>Every call in turn where there are enough cuts, else evenly spread ones; the kinds of survival take turns at each.</summary>
    private static int[] Moments(int calls, Random random) =>
        [.. Enumerable.Range(0, Cuts).Select(cut => (int)(((long)cut * calls / Cuts) + random.Next(Math.Max(1, calls / Cuts)))).Select(moment => Math.Min(moment, calls)).Order()];

    private static async Task<IReadOnlyList<string>> CutAsync(SimulatedDisk disk, Survival survival, Random random)
    {
        // In memory where that can be had: what is checked is not what this machine's disk does.
        var parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var folder = Path.Combine(parent, $"ilab-cut-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            new PowerCut(disk, survival, random).WriteTo(folder);
            return await StoreVerifier.CheckAsync(Path.Combine(folder, "store"), Acknowledgements.Of(disk.Marks));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Model(string folder, int seed)
    {
        var file = Path.Combine(folder, $"model-{seed}.gguf");
        RandomLlama.Write(file, LlamaShape.Smallest, $"model {seed}", seed);
        if (seed == 2)
        {
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.GroupWrite); // copied, where the others are linked
        }

        return file;
    }
}
