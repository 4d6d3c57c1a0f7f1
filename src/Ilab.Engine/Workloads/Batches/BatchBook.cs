using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Content;
using Ilab.Posix.Files;

namespace Ilab.Engine.Workloads.Batches;

/// <summary>What is known of batches beside their jobs: how far they are, and what is wrong with their lines.</summary>
public sealed class BatchBook(ContentStore content)
{
    private readonly ConcurrentDictionary<string, BatchTally> _running = new();

    public BatchCounts CountsOf(JobRecord job)
    {
        if (_running.TryGetValue(job.Id, out var running))
        {
            return running.Counts;
        }

        var path = CountsIn(FolderOf(job));
        if (Read(path) is { } bytes)
        {
            return JsonSerializer.Deserialize(bytes, BatchJson.Default.BatchCounts)!;
        }

        // It was interrupted, or ended before it could write them down.
        var counts = Tally(FolderOf(job)).Counts;
        if (JobStateMachine.IsOver(job.State))
        {
            Save(FolderOf(job), counts);
        }

        return counts;
    }

    /// <summary>Empty = none, or the lines have not been checked yet.</summary>
    public IReadOnlyList<BatchProblem> ProblemsOf(JobRecord job) =>
        Read(ProblemsIn(FolderOf(job))) is { } bytes ? JsonSerializer.Deserialize(bytes, BatchJson.Default.IReadOnlyListBatchProblem)! : [];

    /// <summary>The job's directory.</summary>
    public string FolderOf(JobRecord job) => Path.Combine(JobManager.FolderIn(content), job.Id);

    public static BatchRequest RequestOf(JobRecord job) => JsonSerializer.Deserialize(job.Request, BatchJson.Default.BatchRequest)!;

    public static string ToJson(BatchRequest request) => JsonSerializer.Serialize(request, BatchJson.Default.BatchRequest);

    internal static void SaveProblems(string folder, IReadOnlyList<BatchProblem> problems) =>
        AtomicFile.Write(ProblemsIn(folder), JsonSerializer.SerializeToUtf8Bytes(problems, BatchJson.Default.IReadOnlyListBatchProblem));

    /// <summary>Counts the results that are there, and shows them while the batch runs.</summary>
    internal BatchTally Begin(JobRecord job)
    {
        File.Delete(CountsIn(FolderOf(job)));
        return _running[job.Id] = Tally(FolderOf(job));
    }

    internal void End(JobRecord job, bool isFinal)
    {
        if (_running.TryRemove(job.Id, out var tally) && isFinal)
        {
            Save(FolderOf(job), tally.Counts);
        }
    }

    /// <summary>Number of lines, once all have been checked; null = not yet.</summary>
    internal static int? TotalIn(string folder) => Read(TotalFileIn(folder)) is { } bytes ? int.Parse(bytes, CultureInfo.InvariantCulture) : null;

    internal static void SaveTotal(string folder, int total) => AtomicFile.Write(TotalFileIn(folder), Encoding.UTF8.GetBytes($"{total}"));

    private static BatchTally Tally(string folder)
    {
        var tally = new BatchTally { Total = TotalIn(folder) ?? 0 };
        JobJournal.Read(
            BatchResults.PathIn(folder),
            (line, _) =>
            {
                var entry = BatchResults.Parse(line);
                tally.Add(entry.Index, entry.IsError, entry.Json.Length);
            }
        );
        return tally;
    }

    private static void Save(string folder, BatchCounts counts) =>
        AtomicFile.Write(CountsIn(folder), JsonSerializer.SerializeToUtf8Bytes(counts, BatchJson.Default.BatchCounts));

    private static byte[]? Read(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;

    private static string CountsIn(string folder) => Path.Combine(folder, "counts.json");

    private static string TotalFileIn(string folder) => Path.Combine(folder, "total");

    private static string ProblemsIn(string folder) => Path.Combine(folder, "problems.json");
}
