using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override async Task Generate(GenerateRequest request, IServerStreamWriter<GenerateResponse> responseStream, ServerCallContext context)
    {
        var share = await quotas.ShareAsync(context.GetIdentity(), context.CancellationToken).ConfigureAwait(false);
        var wanted = RequestMapping.Generation(request, Selection.Of(request.Model, context));
        wanted = wanted with { Used = context.TokensUsed(), Load = wanted.Load with { Owner = share } };
        await foreach (var e in engine.GenerateAsync(wanted, context.CancellationToken).ConfigureAwait(false))
        {
            await responseStream.WriteAsync(EventMapping.ToApi(e), context.CancellationToken).ConfigureAwait(false);
        }
    }
}
