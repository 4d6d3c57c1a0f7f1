using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override Task<ListLoadedResponse> ListLoaded(ListLoadedRequest request, ServerCallContext context) =>
        Task.FromResult(new ListLoadedResponse { Models = { engine.Loaded.Select(EventMapping.ToApi) } });
}
