using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference.Embeddings;

/// <summary>Answers requests for embeddings, batch by batch, so that generations go on in between.</summary>
/// <param name="compute">Has something done by the thread that computes; false = it has ended.</param>
internal sealed class EmbeddingDesk(Embedder embedder, Func<Action, Task<bool>> compute)
{
    /// <summary>Called when a context has been made, which takes memory.</summary>
    public Action? ContextMade { get; set; }

    /// <returns>Null if the model is being unloaded.</returns>
    public async Task<EmbedResponse?> EmbedAsync(EmbedRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var pooling = PoolingNames.Parse(request.Pooling);
            var response = new EmbedResponse();
            int[]? next = null; // did not fit into the last batch
            var position = 0;
            while (response.Embeddings.Count < request.Inputs.Count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!await DoAsync(Compute))
                {
                    return null;
                }
            }

            return response;

            void Compute()
            {
                var batch = new List<int[]>();
                for (var room = Embedder.UsualBatch; position < request.Inputs.Count && batch.Count < Embedder.MostSequences; position++)
                {
                    next ??= embedder.Tokenize(request.Inputs[position], request);
                    room -= next.Length;
                    if (room < 0 && batch.Count > 0)
                    {
                        break;
                    }

                    batch.Add(next);
                    next = null;
                }

                var contexts = embedder.Contexts;
                response.Embeddings.AddRange(embedder.Embed(batch, pooling, request));
                if (embedder.Contexts != contexts)
                {
                    ContextMade?.Invoke();
                }
            }
        }
        catch (RunnerException exception)
        {
            return new EmbedResponse { ErrorKind = exception.Kind, Error = exception.Message };
        }
    }

    private async Task<bool> DoAsync(Action action)
    {
        Exception? problem = null;
        var isDone = await compute(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                problem = exception; // it belongs to this request, not to the thread
            }
        });
        return problem is null ? isDone : throw problem as RunnerException ?? new RunnerException(RunnerErrors.Internal, problem.Message);
    }
}
