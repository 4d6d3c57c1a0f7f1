using System.Runtime.CompilerServices;
using System.Text.Json;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Workloads.Batches;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    public override async Task<CreateBatchResponse> CreateBatch(IAsyncStreamReader<CreateBatchRequest> requestStream, ServerCallContext context)
    {
        var (caller, cancellationToken) = (context.GetCaller(), context.CancellationToken);
        if (!await requestStream.MoveNext(cancellationToken) || requestStream.Current.Options is not { } options)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "the first message of a batch must contain its options");
        }

        var chunks = ChunksAsync(requestStream, cancellationToken);
        await using var received = await batches.Files.ReceiveAsync(caller, chunks, BatchInput.MostBytes, cancellationToken);
        var request = new BatchRequest
        {
            Input = received.Digest.ToString(),
            Model = options.Model,
            Defaults = Checked(options.Defaults),
            IsPlain = true,
        };
        await using var input = batches.Files.Open(received.Digest);
        var (lines, problems) = await batches.Handler.CheckAsync(request, input, cancellationToken);
        BatchHandler.Require(problems);
        var job = await batches.Jobs.CreateAsync(
            new NewJob(
                BatchHandler.JobKind,
                options.Title.Length > 0 ? options.Title : $"batch of {lines} lines",
                BatchBook.ToJson(request),
                options.RequestId,
                caller,
                new Dictionary<string, string>(options.Labels)
            ),
            cancellationToken
        );
        received.Keep();
        return new CreateBatchResponse { JobId = job.Id, Lines = (uint)lines };
    }

    private static string Checked(string defaults)
    {
        if (defaults.Length == 0)
        {
            return "";
        }

        try
        {
            using var json = JsonDocument.Parse(defaults);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? defaults
                : throw new EngineException(ErrorKind.InvalidArgument, "defaults must be a JSON object");
        }
        catch (JsonException exception)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "defaults is no valid JSON", "", exception);
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunksAsync(
        IAsyncStreamReader<CreateBatchRequest> input,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        while (await input.MoveNext(cancellationToken))
        {
            yield return input.Current.PartCase == CreateBatchRequest.PartOneofCase.Chunk
                ? input.Current.Chunk.Memory
                : throw new EngineException(ErrorKind.InvalidArgument, "only the file may follow the options");
        }
    }
}
