using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Inference;

public sealed partial class InferenceEndpoints
{
    public override async Task Generate(GenerateRequest request, IServerStreamWriter<GenerateResponse> responseStream, ServerCallContext context)
    {
        var wanted = RequestMapping.Generation(request, Selection.Of(request.Model, context));
        await foreach (var e in engine.GenerateAsync(wanted, context.CancellationToken).ConfigureAwait(false))
        {
            await responseStream.WriteAsync(EventMapping.ToApi(e), context.CancellationToken).ConfigureAwait(false);
        }
    }
}
