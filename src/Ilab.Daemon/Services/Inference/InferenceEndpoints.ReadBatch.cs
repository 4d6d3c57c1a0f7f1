using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Workloads.Batches;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    private const int LongestChunk = 1 << 20;

    public override async Task ReadBatch(ReadBatchRequest request, IServerStreamWriter<ReadBatchResponse> responseStream, ServerCallContext context)
    {
        var job = await batches.Jobs.FindOwnAsync(context.GetCaller(), request.JobId, context.CancellationToken);
        if (job.Kind != BatchHandler.JobKind)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"job {job.Id[..12]} is no batch, but of the kind {job.Kind}");
        }

        await responseStream.WriteAsync(new ReadBatchResponse { Failed = (uint)batches.Book.CountsOf(job).Failed }, context.CancellationToken);
        await BatchResults.WriteAsync(
            batches.Book.FolderOf(job),
            BatchPart.All,
            async bytes =>
            {
                for (var rest = bytes; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, LongestChunk)..])
                {
                    var chunk = UnsafeByteOperations.UnsafeWrap(rest[..Math.Min(rest.Length, LongestChunk)]);
                    await responseStream.WriteAsync(new ReadBatchResponse { Chunk = chunk }, context.CancellationToken);
                }
            }
        );
    }
}
