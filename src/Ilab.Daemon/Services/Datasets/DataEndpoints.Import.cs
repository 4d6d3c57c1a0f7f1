using System.Runtime.CompilerServices;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Data.Datasets;
using Ilab.Engine.Errors;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Datasets;

internal sealed partial class DataEndpoints
{
    public override async Task<ImportDatasetResponse> Import(IAsyncStreamReader<ImportDatasetRequest> requestStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken) || requestStream.Current.Start is not { } start)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "the first message of an import must be start");
        }

        var import = new DatasetImport
        {
            FileName = start.FileName,
            Name = start.Name.Length > 0 ? start.Name : null,
            Replace = start.Replace,
            SkipInvalid = start.SkipInvalid,
            Caller = context.GetCaller(),
            Labels = new Dictionary<string, string>(start.Labels),
        };
        var imported = await parts.Importer.ImportAsync(import, ChunksAsync(requestStream, context.CancellationToken), context.CancellationToken);
        return new ImportDatasetResponse { Dataset = ToWire(imported.Dataset), Skipped = (ulong)imported.Skipped };
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunksAsync(
        IAsyncStreamReader<ImportDatasetRequest> input,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        while (await input.MoveNext(cancellationToken))
        {
            yield return input.Current.Chunk.Memory;
        }
    }
}
