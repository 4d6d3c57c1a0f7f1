using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
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
            TokenSecret = NullIfEmpty(request.TokenSecret),
        };
        sources.Check(download);
        var caller = context.GetCaller();
        if (download.TokenSecret is { } secret)
        {
            secrets.Require(caller.Uid, secret);
        }

        if (download.Name is { } name)
        {
            await store.Catalog.RequireFreeAsync(caller, name, replace: true, context.CancellationToken);
        }

        var job = await jobs.CreateAsync(
            new NewJob(DownloadHandler.JobKind, $"download {request.Source}", DownloadHandler.ToJson(download), request.RequestId, caller, download.Labels)
            {
                Secret = download.TokenSecret is null ? NullIfEmpty(request.Token) : null,
            },
            context.CancellationToken
        );
        return new DownloadModelResponse { JobId = job.Id };
    }
}
