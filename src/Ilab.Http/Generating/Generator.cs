using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;

namespace Ilab.Http.Generating;

/// <summary>An event of one of the generations of a request.</summary>
/// <param name="Index">Which one, from 0.</param>
internal readonly record struct IndexedEvent(int Index, GenerationEvent Event);

/// <summary>Runs the generations of a request. A request that is abandoned cancels them at once: nobody could read what they write.</summary>
internal static class Generator
{
    /// <summary>More than a model usually has places for; further generations of a request start when these have ended.</summary>
    private const int MostAtOnce = 8;

    /// <summary>Runs one generation for each request.</summary>
    /// <exception cref="EngineException">One of them failed; the others are cancelled.</exception>
    public static IAsyncEnumerable<IndexedEvent> RunAsync(AnswerScope scope, IReadOnlyList<GenerationRequest> requests) =>
        requests.Count == 1 ? RunOneAsync(scope, requests[0], 0, scope.Aborted) : RunAllAsync(scope, requests);

    private static async IAsyncEnumerable<IndexedEvent> RunOneAsync(
        AnswerScope scope,
        GenerationRequest request,
        int index,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var id = request.GenerationId.Length > 0 ? request.GenerationId : Guid.NewGuid().ToString("N");
        var share = await scope.ShareAsync(cancellationToken).ConfigureAwait(false);
        request = request with { GenerationId = id, Priority = scope.Priority, Used = scope.Use, Load = request.Load with { Owner = share } };
        var ended = false;
        var events = scope.Inference.GenerateAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (true)
            {
                try
                {
                    if (!await events.MoveNextAsync().ConfigureAwait(false))
                    {
                        break;
                    }
                }
                catch (EngineException)
                {
                    ended = true;
                    throw;
                }

                if (events.Current is GenerationFinished finished)
                {
                    ended = true;
                    if (finished.Reason == FinishReason.Cancelled)
                    {
                        throw new EngineException(ErrorKind.Cancelled, "the model was unloaded before the answer was complete", "try again");
                    }
                }

                yield return new IndexedEvent(index, events.Current);
            }
        }
        finally
        {
            await events.DisposeAsync().ConfigureAwait(false);
            if (!ended)
            {
                await scope.Inference.CancelAsync(scope.Caller, id, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    // Sequences that are decoded together differ by rounding from those that are not: who asks for the same text again gets it one after another.
    private static bool IsRepeatable(GenerationRequest request) => request.Sampling is { Seed: not null } or { Temperature: 0 };

    private static async IAsyncEnumerable<IndexedEvent> RunAllAsync(AnswerScope scope, IReadOnlyList<GenerationRequest> requests)
    {
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(scope.Aborted);
        using var places = new SemaphoreSlim(IsRepeatable(requests[0]) ? 1 : MostAtOnce);
        var events = Channel.CreateBounded<IndexedEvent>(64);
        var all = EndAsync(requests.Select((request, index) => PumpAsync(scope, request, index, places, events.Writer, abandoned.Token)), events.Writer);
        try
        {
            await foreach (var e in events.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                yield return e;
            }
        }
        finally
        {
            await abandoned.CancelAsync().ConfigureAwait(false);
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task PumpAsync(
        AnswerScope scope,
        GenerationRequest request,
        int index,
        SemaphoreSlim places,
        ChannelWriter<IndexedEvent> writer,
        CancellationToken cancellationToken
    )
    {
        await places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await foreach (var e in RunOneAsync(scope, request, index, cancellationToken).ConfigureAwait(false))
            {
                await writer.WriteAsync(e, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            writer.TryComplete(exception);
            throw;
        }
        finally
        {
            places.Release();
        }
    }

    private static async Task EndAsync(IEnumerable<Task> pumps, ChannelWriter<IndexedEvent> writer)
    {
        try
        {
            await Task.WhenAll(pumps).ConfigureAwait(false);
            writer.TryComplete();
        }
        catch (Exception exception)
        {
            writer.TryComplete(exception);
        }
    }
}
