using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Content;

namespace Ilab.Daemon.Services.Host;

internal sealed partial class SystemEndpoints
{
    public override async Task<DiskUsageResponse> DiskUsage(DiskUsageRequest request, ServerCallContext context)
    {
        var usage = await parts.Models.UsageAsync(context.CancellationToken);
        var jobs = await parts.Jobs.ListAsync(context.CancellationToken);
        var response = new DiskUsageResponse();
        var datasets = (await parts.Datasets.ListAsync(context.CancellationToken)).DistinctBy(static dataset => dataset.Digest).ToArray();
        var datasetSize = datasets.Sum(static dataset => dataset.Size);
        response.Rows.Add(
            new DiskUsageRow
            {
                Type = "Models",
                Total = (ulong)usage.Models,
                Active = (ulong)usage.Active,
                Size = (ulong)Math.Max(0, usage.Size - datasetSize),
                Reclaimable = (ulong)usage.Reclaimable,
            }
        );
        response.Rows.Add(
            new DiskUsageRow
            {
                Type = "Datasets",
                Total = (ulong)datasets.Length,
                Active = (ulong)datasets.Count(dataset => parts.Datasets.Leases.IsLeased(dataset.Digest)),
                Size = (ulong)datasetSize,
                Reclaimable = (ulong)datasets.Where(static dataset => dataset.Name.Length == 0).Sum(static dataset => dataset.Size),
            }
        );
        response.Rows.Add(
            new DiskUsageRow
            {
                Type = "Partial downloads",
                Total = (ulong)usage.Partial,
                Active = (ulong)parts.Jobs.Active,
                Size = (ulong)usage.PartialSize,
            }
        );
        response.Rows.Add(
            new DiskUsageRow
            {
                Type = "Jobs",
                Total = (ulong)jobs.Count,
                Active = (ulong)jobs.Count(static job => !JobStateMachine.IsOver(job.State)),
                Size = Size(jobs),
                Reclaimable = Size(jobs.Where(static job => JobStateMachine.IsOver(job.State))),
            }
        );
        var (prompts, promptSize) = parts.Prompts.Usage();
        response.Rows.Add(
            new DiskUsageRow
            {
                Type = "Prompts",
                Total = (ulong)prompts,
                Size = (ulong)promptSize,
                Reclaimable = (ulong)promptSize,
            }
        );
        if (request.Verbose)
        {
            var models = await parts.Models.ListAsync(context.GetCaller(), context.CancellationToken);
            response.Objects.AddRange(
                models.Select(static model => new DiskUsageObject
                {
                    Type = "Models",
                    Name = model.Name,
                    Digest = model.Digest.ToString(),
                    Size = (ulong)model.Size,
                    Unique = (ulong)model.Size,
                })
            );
            response.Objects.AddRange(
                datasets.Select(static dataset => new DiskUsageObject
                {
                    Type = "Datasets",
                    Name = dataset.Name,
                    Digest = dataset.Digest.ToString(),
                    Size = (ulong)dataset.Size,
                    Unique = (ulong)dataset.Size,
                })
            );
        }

        return response;
    }

    private ulong Size(IEnumerable<JobRecord> jobs) => (ulong)jobs.Sum(job => FolderSize.Of(parts.Jobs.FolderOf(job.Id)));
}
