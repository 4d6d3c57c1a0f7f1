using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Serving.Models;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override async Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context)
    {
        var model = Selection.Of(request.Model, context);
        var settings = new LoadSettings { Owner = await quotas.ShareAsync(context.GetIdentity(), context.CancellationToken).ConfigureAwait(false) };
        var tokenized = await engine
            .TokenizeAsync(model, request.Text, request.AddSpecial, request.ParseSpecial, settings, context.CancellationToken)
            .ConfigureAwait(false);
        return new TokenizeResponse { Tokens = { tokenized.Tokens }, Pieces = { tokenized.Pieces.Select(p => UnsafeByteOperations.UnsafeWrap(p)) } };
    }
}
