using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Configuration.Access;
using Ilab.Daemon.Access;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    private const long TellEvery = 8 << 20;
    private const int MostParts = 999;
    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(30);

    public override async Task Upload(
        IAsyncStreamReader<UploadModelRequest> requestStream,
        IServerStreamWriter<ImportModelProgress> responseStream,
        ServerCallContext context
    )
    {
        var cancellationToken = context.CancellationToken;
        if (!await requestStream.MoveNext(cancellationToken) || requestStream.Current.Start is not { } start)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "the first message of an upload must be start");
        }

        var identity = context.GetIdentity();
        if (!start.Anonymous)
        {
            identity.Require(Permission.Import, "import models and data");
        }

        if (start.Name.Length > 0)
        {
            await store.Catalog.RequireFreeAsync(identity.Caller, start.Name, replace: true, cancellationToken);
        }

        var held = new LeaseGroup(store.Leases, "import");
        var blobs = new List<Digest>();
        try
        {
            for (UploadStart? part = start, next; part is not null; part = next)
            {
                if (blobs.Count == MostParts)
                {
                    throw new EngineException(ErrorKind.InvalidArgument, $"a model has at most {MostParts} parts");
                }

                (var blob, next) = await ReceiveAsync(requestStream, responseStream, part, identity.Caller, held, cancellationToken);
                blobs.Add(blob);
            }

            var model = await store.Catalog.RegisterAsync(NewModelOf(start, blobs, identity.Caller), cancellationToken);
            await AnnounceAsync(model, "import", responseStream, cancellationToken);
        }
        catch
        {
            // Uploaded blobs are not left behind; those of a registered model are referenced and stay.
            held.Dispose();
            using var bounded = new CancellationTokenSource(CleanUp, time);
            await store.Catalog.DropAsync(blobs, bounded.Token);
            throw;
        }
        finally
        {
            held.Dispose();
        }
    }

    private static NewModel NewModelOf(UploadStart start, IReadOnlyList<Digest> weights, Caller caller) =>
        new()
        {
            Weights = weights,
            Name = NullIfEmpty(start.Name),
            Anonymous = start.Anonymous,
            Source = $"upload:{start.FileName}",
            FileName = start.FileName,
            Labels = new Dictionary<string, string>(start.Labels),
            Replace = start.Replace,
            Caller = caller,
            License = NullIfEmpty(start.License),
        };

    /// <summary>Receives the chunks up to the next part or the end.</summary>
    private async Task<(Digest Blob, UploadStart? Next)> ReceiveAsync(
        IAsyncStreamReader<UploadModelRequest> input,
        IServerStreamWriter<ImportModelProgress> output,
        UploadStart part,
        Caller caller,
        LeaseGroup held,
        CancellationToken cancellationToken
    )
    {
        store.Content.RequireSpace((long)part.Size);
        await store.Catalog.RequireQuotaAsync(caller, (long)part.Size, cancellationToken);
        await using var ingest = await store.Content.OpenIngestAsync($"upload-{Guid.NewGuid():N}", cancellationToken);
        try
        {
            long told = 0;
            UploadStart? next = null;
            while (await input.MoveNext(cancellationToken))
            {
                if ((next = input.Current.Start) is not null)
                {
                    break;
                }

                var chunk = input.Current.Chunk.Memory;
                RefuseEarly(part, ingest.Length, chunk.Span);
                await ingest.WriteAsync(chunk, cancellationToken);
                if (ingest.Length - told >= TellEvery)
                {
                    told = ingest.Length;
                    await output.WriteAsync(
                        new ImportModelProgress
                        {
                            Progress = new TransferProgress
                            {
                                Item = part.FileName,
                                Phase = "copying",
                                Done = (ulong)told,
                                Total = part.Size,
                            },
                        },
                        cancellationToken
                    );
                }
            }

            held.Add(ingest.Digest);
            return (await ingest.CommitAsync(null, part.Size == 0 ? null : (long)part.Size, cancellationToken), next);
        }
        catch
        {
            ingest.Abort();
            throw;
        }
    }

    /// <summary>Rejects a file based on its first bytes rather than after forty gigabytes.</summary>
    private static void RefuseEarly(UploadStart part, long length, ReadOnlySpan<byte> chunk)
    {
        if (length == 0 && chunk.Length >= 4 && !chunk[..4].SequenceEqual("GGUF"u8))
        {
            throw new EngineException(
                ErrorKind.InvalidModel,
                $"{part.FileName}: not a GGUF file: it does not start with GGUF",
                "check that the file is complete"
            );
        }

        if (part.Size > 0 && length + chunk.Length > (long)part.Size)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{part.FileName}: received more than the announced {part.Size} bytes",
                "try again when the file is no longer written to"
            );
        }
    }
}
