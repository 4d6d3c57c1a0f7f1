using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override async Task Load(LoadModelRequest request, IServerStreamWriter<LoadModelProgress> responseStream, ServerCallContext context)
    {
        var settings = RequestMapping.Load(request) with
        {
            Owner = await quotas.ShareAsync(context.GetIdentity(), context.CancellationToken).ConfigureAwait(false),
        };
        await foreach (var progress in engine.LoadAsync(Selection.Of(request.Model, context), settings, context.CancellationToken).ConfigureAwait(false))
        {
            await responseStream.WriteAsync(EventMapping.ToApi(progress), context.CancellationToken).ConfigureAwait(false);
        }
    }
}
