using System.Runtime.CompilerServices;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Chat;

/// <summary>The service behind a connection, with its errors decoded.</summary>
public sealed class RemoteGenerations(InferenceService.InferenceServiceClient inference, ModelService.ModelServiceClient models) : IGenerations
{
    public IAsyncEnumerable<GenerateResponse> GenerateAsync(GenerateRequest request, CancellationToken cancellationToken) =>
        ReadAsync(() => inference.Generate(request, cancellationToken: cancellationToken), cancellationToken);

    public IAsyncEnumerable<GenerateResponse> AttachAsync(string generationId, ulong offset, CancellationToken cancellationToken) =>
        ReadAsync(() => inference.Attach(new AttachGenerationRequest { GenerationId = generationId, Offset = offset }, cancellationToken: cancellationToken), cancellationToken);

    public IAsyncEnumerable<LoadModelProgress> LoadAsync(LoadModelRequest request, CancellationToken cancellationToken) =>
        ReadAsync(() => inference.Load(request, cancellationToken: cancellationToken), cancellationToken);

    public async Task CancelAsync(string generationId, CancellationToken cancellationToken)
    {
        try
        {
            await inference.CancelAsync(new CancelGenerationRequest { GenerationId = generationId }, cancellationToken: cancellationToken);
        }
        catch (RpcException e)
        {
            throw Decoded(e, cancellationToken);
        }
    }

    public async Task<string> UploadAsync(string path, IAnswerView view, CancellationToken cancellationToken)
    {
        try
        {
            return await new CheckpointUpload(models).SendAsync(path, view, cancellationToken);
        }
        catch (RpcException e)
        {
            throw Decoded(e, cancellationToken);
        }
    }

    private static async IAsyncEnumerable<T> ReadAsync<T>(Func<AsyncServerStreamingCall<T>> start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using AsyncServerStreamingCall<T> call = Try(start, cancellationToken);
        while (await NextAsync(call.ResponseStream, cancellationToken))
            yield return call.ResponseStream.Current;
    }

    private static AsyncServerStreamingCall<T> Try<T>(Func<AsyncServerStreamingCall<T>> start, CancellationToken cancellationToken)
    {
        try
        {
            return start();
        }
        catch (RpcException e)
        {
            throw Decoded(e, cancellationToken);
        }
    }

    private static async Task<bool> NextAsync<T>(IAsyncStreamReader<T> stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken);
        }
        catch (RpcException e)
        {
            throw Decoded(e, cancellationToken);
        }
    }

    // A call that the caller gave up is reported by the transport in several ways; to the caller it is one thing.
    private static Exception Decoded(RpcException e, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? new OperationCanceledException("given up", e, cancellationToken) : IlabException.From(e);
}
