using System.Reflection;
using Ilab.Testing;
using Ilab.Testing.Models;
using Ilab.Testing.PowerLoss;

namespace Ilab.Data.Tests.Fixtures;

/// <summary>The calls of one process that used a store (<see cref="StoreWorkload"/>), and the state of the store after a power loss at any of them.</summary>
public sealed class StoreRecording : IAsyncLifetime
{
    /// <summary>Null: there is no C compiler.</summary>
    public IReadOnlyList<RecordedCall>? Calls { get; private set; }

    private string Root { get; set; } = "";

    public async Task InitializeAsync()
    {
        using var recorder = Recorder.TryCreate();
        if (recorder is null)
        {
            return;
        }

        using var models = new TemporaryFolder();
        var files = Enumerable.Range(1, 3).Select(seed => Model(models.Path, seed));
        var program = Assembly.GetExecutingAssembly().Location;
        Root = recorder.Root;
        Calls = await recorder.RunAsync("dotnet", ["exec", program, StoreWorkload.Verb, Path.Combine(Root, "store"), recorder.Marks, .. files]);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Cuts the power so many times, spread over all calls, and checks what is left each time.</summary>
    /// <param name="calls">The recording, or what is to be taken for it.</param>
    /// <returns>Everything that was wrong.</returns>
    public async Task<IReadOnlyList<string>> CutAsync(IReadOnlyList<RecordedCall> calls, int cuts, int seed)
    {
        var random = new Random(seed);
        var disk = new SimulatedDisk(Root);
        var failures = new List<string>();
        var moments = Enumerable
            .Range(0, cuts)
            .Select(cut => (int)((long)cut * calls.Count / cuts) + random.Next(Math.Max(1, calls.Count / cuts)))
            .Order()
            .ToArray();
        var next = 0;
        for (var played = 0; played <= calls.Count; played++)
        {
            for (; next < moments.Length && moments[next] == played; next++)
            {
                var survival = (next % 4) switch
                {
                    0 => Survival.All,
                    1 => Survival.Nothing,
                    _ => Survival.Any,
                };
                failures.AddRange((await CutAsync(disk, survival, random)).Select(problem => $"after call {played} of {calls.Count} ({survival}): {problem}"));
            }

            if (played < calls.Count)
            {
                disk.Play(calls[played]);
            }
        }

        return failures;
    }

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
