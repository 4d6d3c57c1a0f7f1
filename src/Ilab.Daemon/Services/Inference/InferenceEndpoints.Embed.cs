using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override async Task<EmbedResponse> Embed(EmbedRequest request, ServerCallContext context)
    {
        var share = await quotas.ShareAsync(context.GetIdentity(), context.CancellationToken).ConfigureAwait(false);
        var wanted = RequestMapping.Embedding(request, Selection.Of(request.Model, context));
        var made = await engine.EmbedAsync(wanted with { Load = wanted.Load with { Owner = share } }, context.CancellationToken).ConfigureAwait(false);
        context.TokensUsed()(made.Texts.Sum(static text => text.Tokens));
        return new EmbedResponse
        {
            ModelName = made.ModelName,
            ModelDigest = made.ModelDigest,
            Embeddings = { made.Texts.Select(static text => new Embedding { Values = { text.Values }, Tokens = (uint)text.Tokens }) },
        };
    }
}
