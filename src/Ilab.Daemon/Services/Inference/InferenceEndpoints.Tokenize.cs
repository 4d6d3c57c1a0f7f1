using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Inference;

public sealed partial class InferenceEndpoints
{
    public override async Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context)
    {
        var model = Selection.Of(request.Model, context);
        var tokenized = await engine
            .TokenizeAsync(model, request.Text, request.AddSpecial, request.ParseSpecial, context.CancellationToken)
            .ConfigureAwait(false);
        return new TokenizeResponse { Tokens = { tokenized.Tokens }, Pieces = { tokenized.Pieces.Select(p => UnsafeByteOperations.UnsafeWrap(p)) } };
    }
}
