using Ilab.Engine.Events;

namespace Ilab.Engine.Jobs;

/// <summary>Does one kind of job. It is called again after an interruption and goes on from what is on disk.</summary>
public interface IJobHandler
{
    string Kind { get; }

    /// <summary>Checks a request before it becomes a job; nothing by default.</summary>
    /// <exception cref="Errors.EngineException">INVALID_ARGUMENT, with everything that is wrong.</exception>
    void Validate(string request) { }

    /// <returns>What came of it, e.g. a model's name.</returns>
    Task<string> RunAsync(JobContext context, CancellationToken cancellationToken);

    /// <summary>Clears away what a job left outside its folder: a cancelled one, or a failed one that is removed. May be called again for the same
    /// job.</summary>
    Task DiscardAsync(JobContext context, CancellationToken cancellationToken);
}

/// <summary>What a handler is given.</summary>
public sealed class JobContext(JobRecord job, string folder, Action<Transfer> progress, Action<string, string> log)
{
    public JobRecord Job { get; } = job;

    /// <summary>The job's own folder, which goes with it.</summary>
    public string Folder { get; } = folder;

    public void Progress(Transfer transfer) => progress(transfer);

    /// <summary>Adds a line for people; level is info, warning or error.</summary>
    public void Log(string level, string text) => log(level, text);
}
