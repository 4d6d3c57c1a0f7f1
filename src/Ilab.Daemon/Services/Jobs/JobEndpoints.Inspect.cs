using System.Text.Json.Nodes;
using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Jobs;

internal sealed partial class JobEndpoints
{
    public override async Task<InspectJobResponse> Inspect(InspectJobRequest request, ServerCallContext context)
    {
        var job = await jobs.FindAsync(request.Id, context.CancellationToken);
        return new InspectJobResponse
        {
            Job = ToWire(job),
            RequestJson = WithoutSecrets(job.Request),
            LastSequence = job.LastSequence,
            Directory = jobs.FolderOf(job.Id),
            Memory = (ulong)devices.OfJob(job.Id),
        };
    }

    /// <summary>Credentials are kept with the job but never shown.</summary>
    private static string WithoutSecrets(string request)
    {
        var json = JsonNode.Parse(request)!.AsObject();
        if (json["token"] is not null)
        {
            json["token"] = "(hidden)";
        }

        return json.ToJsonString();
    }
}
