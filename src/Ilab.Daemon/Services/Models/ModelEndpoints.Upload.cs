using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Engine.Content;
using Ilab.Engine.Errors;
using Ilab.Engine.Models;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    private const long TellEvery = 8 << 20;

    public override async Task Upload(IAsyncStreamReader<UploadModelRequest> requestStream, IServerStreamWriter<ImportModelProgress> responseStream, ServerCallContext context)
    {
        var cancellationToken = context.CancellationToken;
        if (!await requestStream.MoveNext(cancellationToken) || requestStream.Current.Start is not { } start)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "an upload begins with what is to come");
        }

        if (start.Name.Length > 0)
        {
            ModelName.Parse(start.Name);
        }

        var ingest = await store.Content.OpenIngestAsync($"upload-{Guid.NewGuid():N}", cancellationToken);
        await using (ingest)
        {
            Digest digest;
            try
            {
                await ReceiveAsync(requestStream, responseStream, start, ingest, cancellationToken);
                digest = await ingest.CommitAsync(null, start.Size == 0 ? null : (long)start.Size, cancellationToken);
            }
            catch
            {
                ingest.Abort();
                throw;
            }

            using var lease = store.Leases.Acquire(digest, "import");
            var model = await store.Catalog.RegisterAsync(
                new NewModel
                {
                    Weights = [digest],
                    Name = NullIfEmpty(start.Name),
                    Anonymous = start.Anonymous,
                    Source = $"upload:{start.FileName}",
                    FileName = start.FileName,
                    Labels = new Dictionary<string, string>(start.Labels),
                    Replace = start.Replace,
                },
                cancellationToken);
            await AnnounceAsync(model, "import", responseStream, cancellationToken);
        }
    }

    private static async Task ReceiveAsync(IAsyncStreamReader<UploadModelRequest> input, IServerStreamWriter<ImportModelProgress> output, UploadStart start, Ingest ingest, CancellationToken cancellationToken)
    {
        long told = 0;
        while (await input.MoveNext(cancellationToken))
        {
            await ingest.WriteAsync(input.Current.Chunk.Memory, cancellationToken);
            if (ingest.Length - told >= TellEvery)
            {
                told = ingest.Length;
                await output.WriteAsync(new ImportModelProgress { Progress = new TransferProgress { Item = start.FileName, Phase = "copying", Done = (ulong)told, Total = start.Size } }, cancellationToken);
            }
        }
    }
}
