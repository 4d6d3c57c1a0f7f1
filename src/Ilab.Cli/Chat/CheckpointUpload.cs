using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Chat;

/// <summary>Sends a model file without a name; the service drops it again when nothing uses it.</summary>
internal sealed class CheckpointUpload(ModelService.ModelServiceClient models)
{
    private const int ChunkSize = 1 << 20;

    /// <returns>The digest to name the model by.</returns>
    public async Task<string> SendAsync(string path, IAnswerView view, CancellationToken cancellationToken)
    {
        await using FileStream file = Open(path);
        using AsyncDuplexStreamingCall<UploadModelRequest, ImportModelProgress> call = models.Upload(cancellationToken: cancellationToken);
        Task<string> digest = ReadAsync(call.ResponseStream, cancellationToken);
        Task sending = WriteAsync(file, Path.GetFileName(path), call.RequestStream, view, cancellationToken);
        // The service may refuse in the middle (not a GGUF): its reason is worth more than that writing then fails.
        await Task.WhenAny(digest, sending);
        if (!digest.IsCompleted)
            await sending;
        return await digest;
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan | FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IlabException(ErrorKind.NotFound, $"{path}: no such file", "check the path given with --checkpoint");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IlabException(ErrorKind.PermissionDenied, $"{path} cannot be read", "check its permissions");
        }
    }

    private static async Task WriteAsync(FileStream file, string name, IClientStreamWriter<UploadModelRequest> stream, IAnswerView view, CancellationToken cancellationToken)
    {
        var start = new UploadStart { FileName = name, Size = (ulong)file.Length, Anonymous = true };
        await stream.WriteAsync(new UploadModelRequest { Start = start }, cancellationToken);
        long sent = 0;
        while (true)
        {
            // A message may be held by the transport after the write; each chunk has its own memory.
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

        return digest.Length > 0 ? digest : throw new IlabException(ErrorKind.Internal, "The service took the file but did not say its digest", "");
    }
}
