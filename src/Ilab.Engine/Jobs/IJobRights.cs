using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Jobs;

/// <summary>What the policy in force allows the users of jobs that ask models: it may have changed since the jobs were made.</summary>
public interface IJobRights
{
    /// <summary>The user of a job, as the policy sees them now.</summary>
    /// <param name="owner">As the job has it.</param>
    IJobUser Of(Caller owner);
}

/// <summary>The user of a job, at the moment.</summary>
public interface IJobUser
{
    /// <summary>With the limits of the policy; an admin only if the job was submitted with the rights of one.</summary>
    Caller Caller { get; }

    /// <summary>Most requests to models at a time; null = unlimited.</summary>
    int? MostRequests { get; }

    /// <exception cref="EngineException">PERMISSION_DENIED: the user may not ask models any more.</exception>
    void RequireRun();

    /// <summary>Counts a request to a model.</summary>
    /// <returns>To be disposed when it has ended.</returns>
    /// <exception cref="EngineException">QUOTA_EXCEEDED: too many are running.</exception>
    IDisposable BeginRequest();

    /// <summary>How much of a device the user may have for a model that has to be loaded.</summary>
    Task<MemoryShare> ShareAsync(CancellationToken cancellationToken);
}
