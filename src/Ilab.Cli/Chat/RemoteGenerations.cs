using System.Runtime.CompilerServices;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Chat;

/// <summary>Generations of the connected service.</summary>
public sealed class RemoteGenerations(IlabClient client) : IGenerations
{
    public IAsyncEnumerable<GenerateResponse> GenerateAsync(GenerateRequest request, CancellationToken cancellationToken) =>
        ReadAsync(() => client.Inference.Generate(request, cancellationToken: cancellationToken), cancellationToken);

    public IAsyncEnumerable<GenerateResponse> AttachAsync(string generationId, ulong offset, CancellationToken cancellationToken) =>
        ReadAsync(
            () => client.Inference.Attach(new AttachGenerationRequest { GenerationId = generationId, Offset = offset }, cancellationToken: cancellationToken),
            cancellationToken
        );

    public IAsyncEnumerable<LoadModelProgress> LoadAsync(LoadModelRequest request, CancellationToken cancellationToken) =>
        ReadAsync(() => client.Inference.Load(request, cancellationToken: cancellationToken), cancellationToken);

    public async Task CancelAsync(string generationId, CancellationToken cancellationToken)
    {
        try
        {
            await client.Inference.CancelAsync(new CancelGenerationRequest { GenerationId = generationId }, cancellationToken: cancellationToken);
        }
        catch (IlabException e)
        {
            throw Translated(e, cancellationToken);
        }
    }

    public async Task<string> UploadAsync(string path, IAnswerView view, CancellationToken cancellationToken)
    {
        try
        {
            return await new CheckpointUpload(client.Models).SendAsync(path, view, cancellationToken);
        }
        catch (IlabException e)
        {
            throw Translated(e, cancellationToken);
        }
    }

    private static async IAsyncEnumerable<T> ReadAsync<T>(Func<AsyncServerStreamingCall<T>> start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using AsyncServerStreamingCall<T> call = start();
        while (await NextAsync(call.ResponseStream, cancellationToken))
            yield return call.ResponseStream.Current;
    }

    private static async Task<bool> NextAsync<T>(IAsyncStreamReader<T> stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken);
        }
        catch (IlabException e)
        {
            throw Translated(e, cancellationToken);
        }
    }

    // The transport reports a cancelled call in several ways; the caller sees one.
    private static Exception Translated(IlabException e, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? new OperationCanceledException("cancelled", e, cancellationToken) : e;
}
