using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Inference;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Inference;

/// <summary>Resolves the model of a request, and checks the caller's permission to read a file outside the store.</summary>
internal static class Selection
{
    public static ModelSelection Of(ModelSelector? selector, ServerCallContext context) =>
        selector?.ModelCase switch
        {
            ModelSelector.ModelOneofCase.Name when selector.Name.Length > 0 => ModelSelection.Stored(selector.Name) with { Caller = context.GetCaller() },
            ModelSelector.ModelOneofCase.CheckpointPath => Checkpoint(selector.CheckpointPath, context),
            _ => throw new EngineException(ErrorKind.InvalidArgument, "the request does not specify a model", "set a model name or a checkpoint path"),
        };

    // The runner reads with the service's permissions, and later: all parts of a split model, and the model in a directory. Others than the service's own user
    // send their files.
    private static ModelSelection Checkpoint(string path, ServerCallContext context)
    {
        var peer = context.GetPeer();
        PeerFileAccess.CheckForLater(path, peer);
        foreach (var file in CheckpointFiles.Find(path))
        {
            PeerFileAccess.CheckForLater(file, peer);
        }

        return ModelSelection.Checkpoint(path) with
        {
            Caller = context.GetCaller(),
        };
    }
}
