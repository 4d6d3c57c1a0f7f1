using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task<RemoveModelResponse> Remove(RemoveModelRequest request, ServerCallContext context)
    {
        var caller = context.GetCaller();
        var model = await store.Catalog.FindRemovableAsync(caller, request.Reference, context.CancellationToken);
        if (request.Force && IsLoaded(model.Digest))
        {
            await UnloadAsync(caller, model.Digest.ToString(), context.CancellationToken);
        }

        var removal = await store.Catalog.RemoveAsync(caller, request.Reference, request.Force, context.CancellationToken);
        foreach (var name in removal.Untagged)
        {
            events.Publish("model", "untag", model.Digest.ToString(), name);
        }

        foreach (var digest in removal.Deleted)
        {
            store.Prompts.Remove(digest);
            events.Publish("model", "remove", digest.ToString(), model.Name);
        }

        var response = new RemoveModelResponse { Reclaimed = (ulong)removal.Reclaimed };
        response.Untagged.AddRange(removal.Untagged);
        response.Deleted.AddRange(removal.Deleted.Select(static digest => digest.ToString()));
        return response;
    }

    private async Task UnloadAsync(Caller caller, string digest, CancellationToken cancellationToken)
    {
        try
        {
            await inference.UnloadAsync(caller, digest, all: false, force: true, cancellationToken);
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            // It has been unloaded in the meantime.
        }
    }
}
