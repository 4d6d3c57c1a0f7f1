using Google.Protobuf;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference.Output;

/// <summary>Log probabilities from the raw logits (log-softmax), before any sampler: of the sampled token and the top tokens.</summary>
internal static class LogprobReader
{
    public static TokenLogprob Read(ReadOnlySpan<float> logits, int chosen, int top, Vocabulary vocabulary)
    {
        var normalizer = LogSumExp(logits);
        var result = Of(chosen, logits[chosen] - normalizer, vocabulary);
        foreach (var token in Likeliest(logits, top))
        {
            result.Top.Add(Of(token, logits[token] - normalizer, vocabulary));
        }

        return result;
    }

    private static TokenLogprob Of(int token, double logprob, Vocabulary vocabulary) =>
        new()
        {
            Token = token,
            Logprob = (float)logprob,
            Piece = ByteString.CopyFrom(vocabulary.Piece(token, special: true)),
        };

    private static double LogSumExp(ReadOnlySpan<float> logits)
    {
        var largest = float.NegativeInfinity;
        foreach (var logit in logits)
        {
            largest = MathF.Max(largest, logit);
        }

        double sum = 0;
        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return largest + Math.Log(sum);
    }

    private static List<int> Likeliest(ReadOnlySpan<float> logits, int count)
    {
        var queue = new PriorityQueue<int, float>();
        for (var token = 0; token < logits.Length; token++)
        {
            if (queue.Count < count)
            {
                queue.Enqueue(token, logits[token]);
            }
            else if (count > 0)
            {
                queue.EnqueueDequeue(token, logits[token]);
            }
        }

        var tokens = new List<int>();
        while (queue.TryDequeue(out var token, out _))
        {
            tokens.Add(token);
        }

        tokens.Reverse();
        return tokens;
    }
}
