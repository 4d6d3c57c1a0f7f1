using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Errors;
using Ilab.Engine.Inference;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Inference;

/// <summary>Which model a request means, with the caller's right to read a file outside the store.</summary>
internal static class Selection
{
    public static ModelSelection Of(ModelSelector? selector, ServerCallContext context) => selector?.ModelCase switch
    {
        ModelSelector.ModelOneofCase.Name when selector.Name.Length > 0 => ModelSelection.Stored(selector.Name),
        ModelSelector.ModelOneofCase.CheckpointPath => Checkpoint(selector.CheckpointPath, context),
        _ => throw new EngineException(ErrorKind.InvalidArgument, "the request names no model", "give a model name or a checkpoint path"),
    };

    // Opened once with the caller's rights; the runner has the service's.
    private static ModelSelection Checkpoint(string path, ServerCallContext context)
    {
        PeerFileAccess.Check(path, context.GetPeer());
        return ModelSelection.Checkpoint(path);
    }
}
