using Ilab.Native.Llama;
using Ilab.Native.OneDnn;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Runner.Conversion;

/// <summary>
/// Perplexity as defined by llama.cpp's perplexity tool: the text is split into chunks of one context, each starting with the BOS token if the model has one;
/// only the second half of each chunk counts, so that every token has preceding context.
/// </summary>
internal static class Perplexity
{
    /// <param name="length">Chunk size in tokens.</param>
    /// <param name="progress">Receives the number of finished chunks and the total.</param>
    /// <exception cref="RunnerTaskException">The text is too short.</exception>
    public static PerplexityResult Measure(LlamaModel model, string text, int length, int threads, Action<int, int> progress)
    {
        var isGoverned = GovernedDevice.IsRegistered;
        using var context = LlamaContext.Create(
            model,
            new ContextOptions
            {
                Cells = length,
                Sequences = 1,
                BatchSize = length,
                MicroBatchSize = Math.Min(length, 512),
                Threads = threads,
                FlashAttention = isGoverned,
                IsGoverned = isGoverned,
            }
        );
        return Measure(context, text, length, progress);
    }

    /// <param name="context">Must have room for a chunk in one batch; sequence 0 is cleared.</param>
    /// <inheritdoc cref="Measure(LlamaModel, string, int, int, Action{int, int})"/>
    public static PerplexityResult Measure(LlamaContext context, string text, int length, Action<int, int> progress)
    {
        var model = context.Model;
        var tokens = model.Vocabulary.Tokenize(text, addSpecial: true, parseSpecial: false);
        if (tokens.Length < 2 * length)
        {
            throw new RunnerTaskException(
                RunnerErrors.InvalidArgument,
                $"the text has {tokens.Length} tokens; at least {2 * length} are needed for chunks of {length}"
            );
        }

        using var batch = new LlamaBatch(length);
        var (sum, squares, count, chunks) = (0.0, 0.0, 0, tokens.Length / length);
        var first = length / 2;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var own = tokens.AsSpan(chunk * length, length);
            Decode(model, context, batch, own, first);
            for (var index = first; index < length - 1; index++)
            {
                var loss = NegativeLogLikelihood(context.Logits(index), own[index + 1]);
                sum += loss;
                squares += loss * loss;
                count++;
            }

            progress(chunk + 1, chunks);
        }

        var mean = sum / count;
        var variance = (squares / count) - (mean * mean);
        var value = Math.Exp(mean);
        return new PerplexityResult(value, variance > 0 && count > 1 ? Math.Sqrt(variance / (count - 1)) * value : 0, count, chunks);
    }

    private static void Decode(LlamaModel model, LlamaContext context, LlamaBatch batch, ReadOnlySpan<int> tokens, int first)
    {
        context.Forget(0, 0);
        batch.Clear();
        for (var position = 0; position < tokens.Length; position++)
        {
            var token = position == 0 && model.Vocabulary.AddsBeginOfText ? model.Vocabulary.BeginOfText : tokens[position];
            batch.Add(token, position, 0, logits: position >= first);
        }

        if (context.Decode(batch) is var code && code != 0)
        {
            throw new RunnerTaskException(RunnerErrors.Internal, $"llama.cpp could not decode a chunk of {tokens.Length} tokens (code {code})");
        }
    }

    internal static double NegativeLogLikelihood(ReadOnlySpan<float> logits, int token)
    {
        var largest = float.NegativeInfinity;
        foreach (var logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        var sum = 0.0;
        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return Math.Log(sum) - (logits[token] - largest);
    }
}
