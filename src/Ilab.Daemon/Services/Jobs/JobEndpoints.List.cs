using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Jobs;

namespace Ilab.Daemon.Services.Jobs;

internal sealed partial class JobEndpoints
{
    public override async Task<ListJobsResponse> List(ListJobsRequest request, ServerCallContext context)
    {
        var filters = new Filters(request.Filters, "kind", "status", "id");
        var caller = context.GetCaller();
        var response = new ListJobsResponse();
        response.Jobs.AddRange(
            (await jobs.ListAsync(context.CancellationToken))
                .Where(job => caller.SeesJobs || caller.Owns(job.Uid))
                .Where(job => request.All || request.Filters.Count > 0 || !JobStateMachine.IsOver(job.State))
                .Where(job =>
                    filters.Allows("kind", value => job.Kind == value)
                    && filters.Allows("status", value => job.State.ToString().Equals(value, StringComparison.OrdinalIgnoreCase))
                    && filters.Allows("id", value => job.Id.StartsWith(value, StringComparison.Ordinal))
                )
                .Select(ToWire)
        );
        return response;
    }
}
