using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Client.Errors;

namespace Ilab.Cli.Chat;

/// <summary>Uploads a model file without a name; the service deletes it when it is unused.</summary>
internal sealed class CheckpointUpload(ModelService.ModelServiceClient models)
{
    private const int ChunkSize = 1 << 20;

    /// <returns>The digest of the model.</returns>
    public async Task<string> SendAsync(string path, IAnswerView view, CancellationToken cancellationToken)
    {
        await using FileStream file = InputFile.Open(path);
        using AsyncDuplexStreamingCall<UploadModelRequest, ImportModelProgress> call = models.Upload(cancellationToken: cancellationToken);
        Task<string> digest = ReadAsync(call.ResponseStream, cancellationToken);
        Task sending = WriteAsync(file, Path.GetFileName(path), call.RequestStream, view, cancellationToken);
        try
        {
            await Task.WhenAny(digest, sending);
            if (!digest.IsCompleted)
                await sending;
        }
        catch (IlabException)
        {
            // The service refused meanwhile (not a GGUF file); its response says why.
        }

        return await digest;
    }

    private static async Task WriteAsync(
        FileStream file,
        string name,
        IClientStreamWriter<UploadModelRequest> stream,
        IAnswerView view,
        CancellationToken cancellationToken
    )
    {
        var start = new UploadStart
        {
            FileName = name,
            Size = (ulong)file.Length,
            Anonymous = true,
        };
        await stream.WriteAsync(new UploadModelRequest { Start = start }, cancellationToken);
        long sent = 0;
        while (true)
        {
            // The transport may keep a message after the write: each chunk has its own buffer.
            var buffer = new byte[ChunkSize];
            int read = await file.ReadAsync(buffer, cancellationToken);
            if (read == 0)
                break;
            await stream.WriteAsync(new UploadModelRequest { Chunk = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, read)) }, cancellationToken);
            sent += read;
            view.Uploading((double)sent / file.Length);
        }

        await stream.CompleteAsync();
    }

    private static async Task<string> ReadAsync(IAsyncStreamReader<ImportModelProgress> stream, CancellationToken cancellationToken)
    {
        string digest = "";
        while (await stream.MoveNext(cancellationToken))
        {
            if (stream.Current.EventCase == ImportModelProgress.EventOneofCase.Done)
                digest = stream.Current.Done.Digest;
        }

        return digest.Length > 0 ? digest : throw new IlabException(ErrorKind.Internal, "the service accepted the file but returned no digest", "see its log");
    }
}
