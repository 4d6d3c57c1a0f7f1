using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Data.Datasets;

namespace Ilab.Daemon.Services.Datasets;

internal sealed partial class DataEndpoints
{
    private const int ChunkSize = 1 << 20;

    public override async Task Read(ReadDatasetRequest request, IServerStreamWriter<ReadDatasetResponse> responseStream, ServerCallContext context)
    {
        using var dataset = await catalog.ResolveAsync(context.GetCaller(), request.Reference, "a reader", context.CancellationToken);
        var title = request.File.Length > 0 ? request.File : null;
        if (request.Skip > 0 || request.Take > 0)
        {
            await WriteLinesAsync(dataset, title, request, responseStream, context.CancellationToken);
            return;
        }

        await using var file = File.OpenRead(dataset.PathOf(title));
        while (true)
        {
            var buffer = new byte[ChunkSize];
            var read = await file.ReadAsync(buffer, context.CancellationToken);
            if (read == 0)
            {
                return;
            }

            await responseStream.WriteAsync(
                new ReadDatasetResponse { Chunk = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, read)) },
                context.CancellationToken
            );
        }
    }

    private static async Task WriteLinesAsync(
        ResolvedDataset dataset,
        string? title,
        ReadDatasetRequest request,
        IServerStreamWriter<ReadDatasetResponse> output,
        CancellationToken cancellationToken
    )
    {
        var skip = (int)Math.Min(request.Skip, int.MaxValue);
        var take = request.Take == 0 ? int.MaxValue : (int)Math.Min(request.Take, int.MaxValue);
        foreach (var line in dataset.Lines(title).Skip(skip).Take(take))
        {
            await output.WriteAsync(
                new ReadDatasetResponse { Chunk = UnsafeByteOperations.UnsafeWrap(Encoding.UTF8.GetBytes(line + "\n")) },
                cancellationToken
            );
        }
    }
}
