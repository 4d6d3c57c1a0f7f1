using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Cli.Tests.Fakes;

/// <summary>Takes uploads and keeps what came.</summary>
public sealed class FakeModels : ModelService.ModelServiceBase
{
    public UploadStart? Start { get; private set; }

    public long Received { get; private set; }

    /// <summary>Refuses after the first chunk.</summary>
    public string? Refusal { get; set; }

    public override async Task Upload(
        IAsyncStreamReader<UploadModelRequest> requestStream,
        IServerStreamWriter<ImportModelProgress> responseStream,
        ServerCallContext context
    )
    {
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            UploadModelRequest part = requestStream.Current;
            Start ??= part.Start;
            Received += part.Chunk.Length;
            if (part.PartCase == UploadModelRequest.PartOneofCase.Chunk && Refusal is { } refusal)
            {
                var detail = new ErrorDetail { Kind = ErrorKind.InvalidModel, Message = refusal };
                throw new RpcException(
                    new Status(StatusCode.FailedPrecondition, refusal),
                    new Metadata { { "ilab-error-bin", Google.Protobuf.MessageExtensions.ToByteArray(detail) } }
                );
            }
        }

        await responseStream.WriteAsync(new ImportModelProgress { Done = new Model { Digest = "sha256:abc" } }, context.CancellationToken);
    }
}
