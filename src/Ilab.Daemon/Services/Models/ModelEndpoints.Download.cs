using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Jobs;
using Ilab.Sources;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task<DownloadModelResponse> Download(DownloadModelRequest request, ServerCallContext context)
    {
        var download = new DownloadRequest
        {
            Source = request.Source,
            Name = NullIfEmpty(request.Name),
            ExpectedDigest = NullIfEmpty(request.ExpectedDigest),
            Labels = new Dictionary<string, string>(request.Labels),
            Token = NullIfEmpty(request.Token),
        };
        sources.Check(download);
        var job = await jobs.CreateAsync(
            new NewJob(
                DownloadHandler.JobKind,
                $"download {request.Source}",
                DownloadHandler.ToJson(download),
                request.RequestId,
                context.GetPeer().Uid,
                download.Labels
            ),
            context.CancellationToken
        );
        return new DownloadModelResponse { JobId = job.Id };
    }
}
