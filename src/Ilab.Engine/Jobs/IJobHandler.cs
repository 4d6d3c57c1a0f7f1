using Ilab.Engine.Events;

namespace Ilab.Engine.Jobs;

/// <summary>Executes one kind of job. After an interruption it is called again and continues from what is on disk.</summary>
public interface IJobHandler
{
    string Kind { get; }

    /// <summary>Validates a request before the job is created; accepts everything by default.</summary>
    /// <exception cref="Errors.EngineException">INVALID_ARGUMENT, listing all problems.</exception>
    void Validate(string request) { }

    /// <returns>The result, e.g. the name of a model.</returns>
    Task<string> RunAsync(JobContext context, CancellationToken cancellationToken);

    /// <summary>Called once the end of a job is recorded, however it ended; a service that is killed in between leaves it out.</summary>
    Task EndedAsync(JobRecord job) => Task.CompletedTask;

    /// <summary>Cleans up what a job left outside its directory, when it was cancelled, or failed and is removed. Must be idempotent.</summary>
    Task DiscardAsync(JobContext context, CancellationToken cancellationToken);
}

/// <summary>The context of a running job.</summary>
public sealed class JobContext(JobRecord job, string folder, Action<Transfer> progress, Action<string, string> log, JobSecrets secrets)
{
    public JobRecord Job { get; } = job;

    /// <summary>The job's directory, deleted together with the job.</summary>
    public string Folder { get; } = folder;

    public JobSecrets Secrets { get; } = secrets;

    public void Progress(Transfer transfer) =>
        progress(transfer with { Item = Secrets.Hide(transfer.Item ?? ""), Detail = Secrets.Hide(transfer.Detail ?? "") });

    /// <summary>Adds a line to the job's log; level is info, warning or error.</summary>
    public void Log(string level, string text) => log(level, Secrets.Hide(text));
}
