using System.Globalization;
using Ilab.Data.Tests.Fixtures;
using Ilab.Testing.PowerLoss;

namespace Ilab.Data.Tests.Datasets;

/// <summary>
/// Simulated power loss: a real process uses a store, its file system calls are recorded, and the power is cut at points all over the recording, with the
/// unsynced changes there, not there, or there in part. <c>ILAB_TEST_POWER_CUTS</c> says how often (400), <c>ILAB_TEST_SEED</c> which subsets.
/// </summary>
public sealed class PowerLossTests(StoreRecording recording) : IClassFixture<StoreRecording>
{
    private const int MostShown = 20;

    private static readonly int Cuts = int.Parse(Environment.GetEnvironmentVariable("ILAB_TEST_POWER_CUTS") ?? "400", CultureInfo.InvariantCulture);
    private static readonly int Seed = int.Parse(Environment.GetEnvironmentVariable("ILAB_TEST_SEED") ?? "971", CultureInfo.InvariantCulture);

    [SkippableFact]
    public async Task NothingThatWasAcknowledgedIsLostAndEverythingOpens()
    {
        var calls = Require();
        Assert.Contains(calls, static call => call.Kind == CallKind.Mark);
        var failures = await recording.CutAsync(calls, Cuts, Seed);
        Assert.True(failures.Count == 0, $"seed {Seed}, {Cuts} cuts, {failures.Count} problems\n{string.Join('\n', failures.Take(MostShown))}");
    }

    /// <summary>The proof of the proof: a store that left out some of its fsyncs is found out.</summary>
    [SkippableTheory]
    [InlineData("store")]
    [InlineData("store/ilab.db-wal")]
    [InlineData("store/content/blobs/sha256")]
    [InlineData("store/content/ingest/")]
    [InlineData("store/jobs")]
    [InlineData("store/jobs/")]
    public async Task AMissingFsyncIsFound(string place)
    {
        var calls = Require();
        var inodes = Inodes(calls, place);
        Assert.NotEmpty(inodes);
        var failures = await recording.CutAsync([.. calls.Where(call => call.Kind is not CallKind.SyncEnd || !inodes.Contains(call.Inode))], 120, Seed);
        Assert.NotEmpty(failures);
    }

    /// <summary>What was created at a path below the recorded folder, or with a slash at its end below that path.</summary>
    private static HashSet<ulong> Inodes(IReadOnlyList<RecordedCall> calls, string place)
    {
        var root = calls[0].Path;
        return
        [
            .. from call in calls
            where call.Kind is CallKind.Create or CallKind.MakeFolder or CallKind.Link
            let path = call.Path[Math.Min(root.Length + 1, call.Path.Length)..]
            where place.EndsWith('/') ? path.StartsWith(place, StringComparison.Ordinal) : path == place || (place == "store" && path.Length == 0)
            select call.Inode,
        ];
    }

    private IReadOnlyList<RecordedCall> Require()
    {
        Skip.If(recording.Calls is null, "needs gcc for the recorder of file system calls");
        return recording.Calls!;
    }
}
