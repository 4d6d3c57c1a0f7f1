using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override async Task<CancelGenerationResponse> Cancel(CancelGenerationRequest request, ServerCallContext context) =>
        new() { WasRunning = await engine.CancelAsync(context.GetCaller(), request.GenerationId, context.CancellationToken).ConfigureAwait(false) };
}
