using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Runners;
using Wire = Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Serving.Inference;

public sealed partial class InferenceEngine
{
    private const int InputsOfACall = 32;

    /// <summary>Embeds texts; pooled as the model says, else the mean of its hidden states. Loads the model if needed.</summary>
    /// <param name="truncates">Whether to leave out the end of a text that is too long, instead of refusing it.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT: a text is empty; CONTEXT_EXCEEDED: it is too long, with the numbers.</exception>
    public Task<IReadOnlyList<TextEmbedding>> EmbedAsync(
        ModelSelection model,
        IReadOnlyList<EmbeddingInput> inputs,
        bool truncates,
        LoadSettings settings,
        CancellationToken cancellationToken
    ) =>
        AskAsync<IReadOnlyList<TextEmbedding>>(
            model,
            settings,
            async (lease, _) =>
            {
                var embeddings = new List<TextEmbedding>();
                foreach (var part in inputs.Chunk(InputsOfACall))
                {
                    var request = new Wire.EmbedRequest { Truncate = truncates, Inputs = { part.Select(ToWire) } };
                    var answer = await lease.Runner.Client!.EmbedAsync(request, cancellationToken).ConfigureAwait(false);
                    if (answer.Error.Length > 0)
                    {
                        throw new EngineException(ErrorKindNames.Parse(answer.ErrorKind) ?? ErrorKind.Internal, answer.Error);
                    }

                    embeddings.AddRange(answer.Embeddings.Select(static one => new TextEmbedding(one.Values, (int)one.Tokens)));
                }

                return embeddings;
            },
            cancellationToken
        );

    private static Wire.EmbedInput ToWire(EmbeddingInput input) =>
        input.Tokens is { } tokens
            ? new Wire.EmbedInput { Tokens = new Wire.TokenPrompt { Tokens = { tokens } } }
            : new Wire.EmbedInput { Text = input.Text ?? "" };
}
