using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Inference;

public sealed partial class InferenceEndpoints
{
    public override async Task Load(LoadModelRequest request, IServerStreamWriter<LoadModelProgress> responseStream, ServerCallContext context)
    {
        var settings = RequestMapping.Load(request);
        await foreach (var progress in engine.LoadAsync(Selection.Of(request.Model, context), settings, context.CancellationToken).ConfigureAwait(false))
        {
            await responseStream.WriteAsync(EventMapping.ToApi(progress), context.CancellationToken).ConfigureAwait(false);
        }
    }
}
