namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Causal attention in plain loops, with its derivative.</summary>
/// <param name="Window">How many tokens back one sees, itself included; 0 = all.</param>
/// <param name="Cap">Scores become cap * tanh(x / cap); 0 = none.</param>
internal sealed record PlainAttention(int Heads, int KeyHeads, int Size, double Scale, int Window, double Cap)
{
    /// <summary>A score for each head that takes a share and has no value; null = none.</summary>
    public float[]? Sinks { get; init; }

    public Value Apply(Tape tape, Value q, Value k, Value v)
    {
        var result = new Value(q.Rows, Heads * Size);
        var weights = new double[Heads, q.Rows, q.Rows];
        var slopes = new double[Heads, q.Rows, q.Rows];
        for (var head = 0; head < Heads; head++)
        {
            for (var at = 0; at < q.Rows; at++)
            {
                Weigh(q, k, head, at, weights, slopes);
                foreach (var past in Seen(at))
                {
                    for (var index = 0; index < Size; index++)
                    {
                        result.Data[Query(at, head, index)] += weights[head, at, past] * v.Data[Key(past, head, index)];
                    }
                }
            }
        }

        tape.Then(() =>
        {
            for (var head = 0; head < Heads; head++)
            {
                for (var at = 0; at < q.Rows; at++)
                {
                    GoBack(q, k, v, result, (head, at), weights, slopes);
                }
            }
        });
        return result;
    }

    private IEnumerable<int> Seen(int at)
    {
        var first = Window > 0 ? Math.Max(0, at - Window + 1) : 0;
        return Enumerable.Range(first, at - first + 1);
    }

    private int Query(int row, int head, int index) => (row * Heads * Size) + (head * Size) + index;

    private int Key(int row, int head, int index) => (row * KeyHeads * Size) + (head / (Heads / KeyHeads) * Size) + index;

    // Slopes are those of the score after scale and cap, by the plain product.
    private void Weigh(Value q, Value k, int head, int at, double[,,] weights, double[,,] slopes)
    {
        var seen = Seen(at).ToArray();
        var scores = new double[seen.Length];
        for (var place = 0; place < seen.Length; place++)
        {
            double product = 0;
            for (var index = 0; index < Size; index++)
            {
                product += q.Data[Query(at, head, index)] * k.Data[Key(seen[place], head, index)];
            }

            var scaled = product * Scale;
            var bent = Cap > 0 ? Math.Tanh(scaled / Cap) : 0;
            scores[place] = Cap > 0 ? Cap * bent : scaled;
            slopes[head, at, seen[place]] = Cap > 0 ? Scale * (1 - (bent * bent)) : Scale;
        }

        var most = scores.Max();
        var total = scores.Sum(score => Math.Exp(score - most)) + (Sinks is null ? 0 : Math.Exp(Sinks[head] - most));
        for (var place = 0; place < seen.Length; place++)
        {
            weights[head, at, seen[place]] = Math.Exp(scores[place] - most) / total;
        }
    }

    private void GoBack(Value q, Value k, Value v, Value result, (int Head, int At) row, double[,,] weights, double[,,] slopes)
    {
        var (head, at) = row;
        var ofWeight = new Dictionary<int, double>();
        foreach (var past in Seen(at))
        {
            double slope = 0;
            for (var index = 0; index < Size; index++)
            {
                var given = result.Slope[Query(at, head, index)];
                slope += given * v.Data[Key(past, head, index)];
                v.Slope[Key(past, head, index)] += given * weights[head, at, past];
            }

            ofWeight[past] = slope;
        }

        var mean = ofWeight.Sum(entry => entry.Value * weights[head, at, entry.Key]);
        foreach (var (past, slope) in ofWeight)
        {
            var score = weights[head, at, past] * (slope - mean) * slopes[head, at, past];
            for (var index = 0; index < Size; index++)
            {
                q.Slope[Query(at, head, index)] += score * k.Data[Key(past, head, index)];
                k.Slope[Key(past, head, index)] += score * q.Data[Query(at, head, index)];
            }
        }
    }
}
