using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Daemon.Access;

/// <summary>
/// What a user has of disk and memory, against what the policy grants; checked before the work. The number of jobs is checked where jobs are made.
/// </summary>
internal sealed class Quotas(BlobCollector blobs, JobManager jobs, InferenceEngine inference, DeviceLedger devices)
{
    /// <param name="bytes">As far as known.</param>
    /// <exception cref="EngineException">QUOTA_EXCEEDED.</exception>
    public Task RequireDiskAsync(Identity identity, long bytes, CancellationToken cancellationToken) =>
        blobs.Quota.RequireAsync(identity.Caller, bytes, cancellationToken);

    /// <summary>A job takes memory when it runs: it is refused if its user has no more to take.</summary>
    /// <exception cref="EngineException">QUOTA_EXCEEDED.</exception>
    public async Task RequireMemoryAsync(Identity identity, CancellationToken cancellationToken)
    {
        if (identity.Limits.Memory is not { } share)
        {
            return;
        }

        var used =
            await OfJobsAsync(identity, cancellationToken)
            + inference.Loaded.Where(model => model.Owner == identity.Peer.Uid).Sum(static model => model.Memory + model.HostMemory);
        var most = (long)(share * devices.Snapshot().Where(static device => device.Usable).Sum(static device => device.Budget));
        if (used >= most)
        {
            throw new EngineException(
                ErrorKind.QuotaExceeded,
                $"{ByteText.Of(used)} of at most {ByteText.Of(most)} of memory are used by your models and jobs",
                "unload a model with 'ilab model stop', or wait for a job with 'ilab job wait'; an admin can raise the quota"
            );
        }
    }

    /// <summary>For a model that the caller may have to load.</summary>
    public async Task<MemoryShare> ShareAsync(Identity identity, CancellationToken cancellationToken) =>
        new(identity.Peer.Uid, identity.Limits.Memory, identity.Limits.Memory is null ? 0 : await OfJobsAsync(identity, cancellationToken));

    private async Task<long> OfJobsAsync(Identity identity, CancellationToken cancellationToken) =>
        (await jobs.ListAsync(cancellationToken))
            .Where(job => job.Uid == identity.Peer.Uid && !JobStateMachine.IsOver(job.State))
            .Sum(job => devices.OfJob(job.Id));
}
