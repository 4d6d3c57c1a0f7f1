using Ilab.Engine.Secrets;

namespace Ilab.Engine.Jobs;

/// <summary>The secrets of one job: reads them, and keeps those that were read out of everything the job says.</summary>
public sealed class JobSecrets(SecretStore store, JobRecord job)
{
    private const string Hidden = "(hidden)";

    private volatile string[] _read = [];

    /// <summary>A secret of the job's user or, without a name, the one that was given to this job alone; null if none was.</summary>
    /// <exception cref="Errors.EngineException">NOT_FOUND: it has been removed.</exception>
    public string? Read(string? name)
    {
        var value = name is { Length: > 0 } ? store.Read(job.Uid, name) : store.OfJob(job.Id);
        if (value is { Length: > 0 } && !_read.Contains(value))
        {
            _read = [.. _read, value];
        }

        return value;
    }

    /// <summary>The text without any of the secrets: services repeat a wrong key in their answers.</summary>
    public string Hide(string text) => _read.Aggregate(text, static (left, secret) => left.Replace(secret, Hidden, StringComparison.Ordinal));

    /// <summary>An exception for a log.</summary>
    internal Exception Hide(Exception exception) =>
        exception.ToString() is var text && Hide(text) is var hidden && hidden != text ? new InvalidOperationException(hidden) : exception;

    internal JobError Hide(JobError error) => error with { Message = Hide(error.Message), Hint = Hide(error.Hint) };
}
