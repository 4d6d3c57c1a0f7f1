using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>Uploads a model that the service may not read for the caller: one file, or all parts of a split one, in one stream.</summary>
internal static class ModelUpload
{
    private const int ChunkSize = 1 << 20;

    public static async Task<Api.V1.Model> SendAsync(
        IlabClient client,
        ImportModelRequest request,
        ProgressLine progress,
        Session session,
        CancellationToken cancellationToken
    )
    {
        var model = LocalModel.Find(request.Path);
        var files = new List<FileStream>();
        try
        {
            files.AddRange(model.Weights.Select(InputFile.Open)); // all parts are readable before the first byte is sent
            using var call = client.Models.Upload(cancellationToken: cancellationToken);
            var answer = ModelImportCommand.ReadAsync(call.ResponseStream, progress, session, cancellationToken);
            try
            {
                foreach (var file in files)
                {
                    await call.RequestStream.WriteAsync(new UploadModelRequest { Start = StartOf(file, request, model) }, cancellationToken);
                    await SendBytesAsync(file, call.RequestStream, answer, cancellationToken);
                }

                await call.RequestStream.CompleteAsync();
            }
            catch (IlabException)
            {
                // The service refused meanwhile; its response says why.
            }

            return await answer;
        }
        finally
        {
            files.ForEach(static file => file.Dispose());
        }
    }

    private static UploadStart StartOf(FileStream file, ImportModelRequest request, LocalModel model)
    {
        var start = new UploadStart
        {
            FileName = Path.GetFileName(file.Name),
            Size = (ulong)file.Length,
            Name = request.Name,
            Replace = request.Replace,
            License = model.License ?? "",
        };
        start.Labels.Add(request.Labels);
        return start;
    }

    private static async Task SendBytesAsync(FileStream file, IClientStreamWriter<UploadModelRequest> stream, Task answer, CancellationToken cancellationToken)
    {
        while (!answer.IsCompleted)
        {
            var chunk = new byte[ChunkSize];
            var read = await file.ReadAsync(chunk, cancellationToken);
            if (read == 0)
            {
                return;
            }

            await stream.WriteAsync(new UploadModelRequest { Chunk = UnsafeByteOperations.UnsafeWrap(chunk.AsMemory(0, read)) }, cancellationToken);
        }
    }
}
