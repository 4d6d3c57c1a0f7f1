using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Telemetry;

namespace Ilab.Engine.Serving.Inference;

public sealed partial class InferenceEngine
{
    /// <summary>Makes embeddings of texts. Loads the model if needed.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT; CONTEXT_EXCEEDED: an input is too long; whatever loading the model may throw.</exception>
    public async Task<Embeddings> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken)
    {
        using var measure = new RequestMeasure(GenAi.Embeddings, request.Model.Reference ?? "");
        try
        {
            var embeddings = await ComputeAsync(request, cancellationToken).ConfigureAwait(false);
            measure.Started(embeddings.ModelName);
            measure.Finished(embeddings.Texts.Sum(static text => text.Tokens), 0);
            return embeddings;
        }
        catch (Exception exception)
        {
            measure.Failed(exception);
            throw;
        }
    }

    private Task<Embeddings> ComputeAsync(EmbeddingRequest request, CancellationToken cancellationToken)
    {
        if (request.Inputs.Count > EmbeddingRequest.MostInputs)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"a request for embeddings has at most {EmbeddingRequest.MostInputs} inputs, not {request.Inputs.Count}",
                "send the others in further requests"
            );
        }

        return AskAsync(
            request.Model with
            {
                Embeds = true,
            },
            request.Load with
            {
                Embeds = true,
            },
            async (lease, serving) =>
            {
                var wire = WireMapping.ToWire(request);
                wire.Adapters.AddRange(lease.Adapters);
                var answer = await lease.Runner.Client!.EmbedAsync(wire, cancellationToken).ConfigureAwait(false);
                if (serving.Digest.Length > 0)
                {
                    await _models.TouchAsync(serving.Digest, cancellationToken).ConfigureAwait(false);
                }

                return answer.Error.Length > 0
                    ? throw new EngineException(ErrorKindNames.Parse(answer.ErrorKind) ?? ErrorKind.Internal, answer.Error)
                    : new Embeddings([.. answer.Embeddings.Select(static one => new EmbeddedText(one.Values, (int)one.Tokens))], serving.Name, serving.Digest);
            },
            cancellationToken
        );
    }
}
