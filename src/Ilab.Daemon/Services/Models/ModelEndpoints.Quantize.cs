using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Workloads.Conversion;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    private const int ShortestChunk = 16,
        LongestChunk = 1 << 17,
        UsualChunk = 512;

    public override async Task<QuantizeModelResponse> Quantize(QuantizeModelRequest request, ServerCallContext context)
    {
        var peer = context.GetPeer();
        var type = QuantizationTypes.Find(request.Type, request.Imatrix.Length > 0);
        var model = await store.Catalog.FindAsync(context.GetCaller(), request.Reference, context.CancellationToken);
        if (request.Name.Length > 0)
        {
            await store.Catalog.RequireFreeAsync(context.GetCaller(), request.Name, replace: true, context.CancellationToken);
        }

        foreach (var path in new[] { request.Imatrix, request.Evaluate }.Where(static path => path.Length > 0))
        {
            PeerFileAccess.Check(path, peer);
        }

        if (request.EvaluateContext is not 0 and (< ShortestChunk or > LongestChunk))
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"invalid chunk size of {request.EvaluateContext} tokens",
                $"use {ShortestChunk} to {LongestChunk}"
            );
        }

        var quantize = new QuantizeRequest
        {
            Model = model.Digest.ToString(),
            ModelName = model.Name,
            Type = type.Name,
            Name = NullIfEmpty(request.Name),
            ImportanceMatrix = NullIfEmpty(request.Imatrix),
            Evaluate = NullIfEmpty(request.Evaluate),
            EvaluateContext = request.EvaluateContext == 0 ? UsualChunk : (int)request.EvaluateContext,
            Replace = request.Replace,
            Labels = new Dictionary<string, string>(request.Labels),
        };
        var job = await jobs.CreateAsync(
            new NewJob(
                QuantizeHandler.JobKind,
                $"quantize {request.Reference} to {type.Name}",
                QuantizeHandler.ToJson(quantize),
                request.RequestId,
                context.GetCaller(),
                quantize.Labels
            ),
            context.CancellationToken
        );
        return new QuantizeModelResponse { JobId = job.Id };
    }
}
