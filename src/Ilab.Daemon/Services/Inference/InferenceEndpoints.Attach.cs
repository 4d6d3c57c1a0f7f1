using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override async Task Attach(AttachGenerationRequest request, IServerStreamWriter<GenerateResponse> responseStream, ServerCallContext context)
    {
        var events = engine.AttachAsync(context.GetCaller(), request.GenerationId, request.Offset, context.TokensUsed(), context.CancellationToken);
        await foreach (var e in events.ConfigureAwait(false))
        {
            await responseStream.WriteAsync(EventMapping.ToApi(e), context.CancellationToken).ConfigureAwait(false);
        }
    }
}
