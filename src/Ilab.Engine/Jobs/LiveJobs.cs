using System.Collections.Concurrent;

namespace Ilab.Engine.Jobs;

/// <summary>The jobs of this process that have not ended.</summary>
internal sealed class LiveJobs
{
    private readonly ConcurrentDictionary<string, RunningJob> _jobs = new();

    public int Count => _jobs.Count;

    public IReadOnlyCollection<RunningJob> All => [.. _jobs.Values];

    /// <summary>Null if the job has ended or is unknown.</summary>
    public RunningJob? Find(string id) => _jobs.GetValueOrDefault(id);

    public void Add(RunningJob job) => _jobs[job.Record.Id] = job;

    public void Remove(string id) => _jobs.TryRemove(id, out _);
}
