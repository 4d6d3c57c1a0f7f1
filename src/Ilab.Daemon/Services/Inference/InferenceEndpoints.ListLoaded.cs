using Grpc.Core;
using Ilab.Daemon.Access;
using Ilab.Engine.Access;
using ListLoadedRequest = Ilab.Api.V1.ListLoadedRequest;
using ListLoadedResponse = Ilab.Api.V1.ListLoadedResponse;
using LoadedModel = Ilab.Engine.Serving.Models.LoadedModel;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override Task<ListLoadedResponse> ListLoaded(ListLoadedRequest request, ServerCallContext context) =>
        Task.FromResult(new ListLoadedResponse { Models = { engine.Loaded.Where(model => IsVisible(model, context.GetCaller())).Select(EventMapping.ToApi) } });

    private static bool IsVisible(LoadedModel model, Caller caller) => caller.SeesModels || caller.Owns(model.Owner ?? Caller.Service.Uid);
}
