using Ilab.Native.Llama;
using Ilab.Native.OneDnn;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>
/// Computes embeddings of texts: one vector of length 1 for each, pooled as the model says, else the mean of its hidden states. The context exists as long as
/// the request, and is as large as its longest text: the memory plan knows nothing of it.
/// </summary>
internal sealed class Embedder(LoadedModel loaded, DecodeLoop loop)
{
    /// <summary>A text is computed in one step, whose memory grows with its length.</summary>
    private const int Longest = 2048;

    /// <returns>Null if the model is being unloaded.</returns>
    public async Task<EmbedResponse?> EmbedAsync(EmbedRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var texts = await loop.RunAsideAsync(
                () => request.Inputs.Select((input, index) => Tokens(input, index, request.Truncate)).ToArray(),
                cancellationToken
            );
            var response = new EmbedResponse();
            if (texts.Length == 0)
            {
                return response;
            }

            var context = await loop.RunAsideAsync(() => Create(texts.Max(static text => text.Length)), cancellationToken);
            try
            {
                foreach (var text in texts)
                {
                    response.Embeddings.Add(await loop.RunAsideAsync(() => Embed(context, text), cancellationToken));
                }
            }
            finally
            {
                context.Dispose();
            }

            return response;
        }
        catch (RunnerException exception)
        {
            return new EmbedResponse { ErrorKind = exception.Kind, Error = exception.Message };
        }
        catch (LlamaException exception)
        {
            return new EmbedResponse { ErrorKind = RunnerErrors.CannotLoad, Error = exception.Message };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private int MostTokens => Math.Min(Longest, loaded.ContextLength);

    private int[] Tokens(EmbedInput input, int index, bool truncate)
    {
        var vocabulary = loaded.Model.Vocabulary;
        int[] tokens;
        if (input.Tokens is { } given)
        {
            PromptRenderer.RequireTokens(given.Tokens, vocabulary);
            tokens = [.. given.Tokens];
        }
        else
        {
            tokens = vocabulary.Tokenize(input.Text, addSpecial: true, parseSpecial: false);
        }

        return tokens.Length == 0 ? throw new RunnerException(RunnerErrors.InvalidArgument, $"input {index} is empty")
            : tokens.Length <= MostTokens ? tokens
            : truncate ? tokens[..MostTokens]
            : throw new RunnerException(
                RunnerErrors.ContextExceeded,
                $"input {index} has {tokens.Length} tokens, more than the {MostTokens} that can be embedded in one piece; split it"
            );
    }

    private LlamaContext Create(int tokens) =>
        LlamaContext.Create(
            loaded.Model,
            new ContextOptions
            {
                Cells = tokens,
                Sequences = 1,
                BatchSize = tokens,
                MicroBatchSize = tokens,
                Threads = loaded.Context.Threads,
                KeepThreads = false,
                IsGoverned = GovernedDevice.IsRegistered,
                Embeds = true,
            }
        );

    private static Embedding Embed(LlamaContext context, int[] tokens)
    {
        using var batch = new LlamaBatch(tokens.Length);
        for (var position = 0; position < tokens.Length; position++)
        {
            batch.Add(tokens[position], position, sequence: 0, logits: true);
        }

        context.Forget(0, 0);
        var result = context.Decode(batch);
        var values = result == 0 ? context.Embedding(0) : [];
        return values.IsEmpty
            ? throw new RunnerException(RunnerErrors.CannotLoad, $"this model has no embeddings (code {result})")
            : Normalized(values, tokens.Length);
    }

    private static Embedding Normalized(ReadOnlySpan<float> values, int tokens)
    {
        double sum = 0;
        foreach (var value in values)
        {
            sum += (double)value * value;
        }

        var (scale, embedding) = (sum > 0 ? 1 / Math.Sqrt(sum) : 0, new Embedding { Tokens = (uint)tokens });
        embedding.Values.Capacity = values.Length;
        foreach (var value in values)
        {
            embedding.Values.Add((float)(value * scale));
        }

        return embedding;
    }
}
