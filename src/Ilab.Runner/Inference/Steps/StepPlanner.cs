namespace Ilab.Runner.Inference.Steps;

/// <summary>
/// Chooses the sizes of steps from what steps cost. More rows do not always mean more tokens per second: two to four sequences together may be slower than one
/// after the other. What is not known yet is measured with the next steps, which are of use whatever their size.
/// </summary>
/// <param name="batchSize">Maximum rows of a step.</param>
internal sealed class StepPlanner(int batchSize)
{
    /// <summary>A smaller step must be so much faster per token to be preferred.</summary>
    private const double Gain = 1.05;

    /// <summary>The smallest part of a prompt is the one that reaches so much of the best speed.</summary>
    private const double GoodSpeed = 0.92;

    /// <summary>Seconds that running answers may wait for a part of somebody's prompt, if a smaller part is any shorter.</summary>
    private const double LongestPause = 0.1;

    private const int SmallestPart = 32;

    /// <summary>One in so many decisions looks again at a size that was not chosen for long.</summary>
    private const int Review = 64;

    private static readonly int[] FirstParts = [128, 256, 64, 512];

    /// <summary>Up to so many sequences decode together.</summary>
    private const int MostSequences = 256;

    private readonly Dictionary<int, (StepCosts Decoding, StepCosts Prompts)> _byThreads = [];
    private int _decisions;

    /// <summary>Records what a step took.</summary>
    /// <param name="decoded">Rows of sequences that decoded.</param>
    /// <param name="prompt">Rows of prompts.</param>
    /// <param name="threads">Compute threads.</param>
    /// <param name="seconds">From filling the batch to the last sampled token.</param>
    public void Note(int decoded, int prompt, int threads, double seconds)
    {
        var (decoding, prompts) = Costs(threads);
        if (prompt == 0)
        {
            decoding.Note(decoded, seconds);
        }
        else if (prompt >= SmallestPart)
        {
            prompts.Note(decoded + prompt, seconds);
        }
    }

    /// <summary>How many of the sequences that are ready to decode should go together in the next step; the others come next.</summary>
    /// <param name="ready">Sequences, at least one.</param>
    /// <param name="threads">Compute threads of the last step.</param>
    public int Group(int ready, int threads)
    {
        var costs = Costs(threads).Decoding;
        if (ready == 1 || costs.Of(ready) is not { } all)
        {
            return ready;
        }

        if (costs.Of(1) is not { } single)
        {
            return 1;
        }

        var (best, speed) = (ready, ready / all);
        var stalest = ready;
        foreach (var size in StepCosts.Sizes.TakeWhile(size => size < ready))
        {
            // A step of several rows takes at least as long as one of a single row.
            if (size / single <= speed)
            {
                continue;
            }

            if (costs.Of(size) is not { } cost)
            {
                return size;
            }

            stalest = costs.Age(size) < costs.Age(stalest) ? size : stalest;
            if (size / cost > speed * (best == ready ? Gain : 1))
            {
                (best, speed) = (size, size / cost);
            }
        }

        return ++_decisions % Review == 0 ? stalest : best;
    }

    /// <summary>How many tokens of prompts the next step should take.</summary>
    /// <param name="riding">Sequences that decode in the same step.</param>
    /// <param name="threads">Compute threads of the last step.</param>
    public int Part(int riding, int threads)
    {
        var (decoded, costs) = Costs(threads);
        foreach (var part in FirstParts)
        {
            if (part <= batchSize && costs.Of(part) is null)
            {
                return part;
            }
        }

        int[] sizes = [.. StepCosts.Sizes.Where(size => size >= SmallestPart && size <= batchSize && costs.Of(size) is not null)];
        var best = sizes.Max(size => size / costs.Of(size)!.Value);
        var chosen = sizes.First(size => size / costs.Of(size) >= best * GoodSpeed);
        if (++_decisions % Review == 0)
        {
            return sizes.Where(size => size <= chosen * 2).MinBy(costs.Age);
        }

        // Where a single token takes long, waiting a little longer for a prompt is nothing new.
        var pause = Math.Max(LongestPause, riding > 0 && decoded.Of(riding) is { } decoding ? 4 * decoding : 0);
        return riding == 0 ? chosen : sizes.LastOrDefault(size => size <= chosen && costs.Of(size) <= pause, SmallestPart);
    }

    private (StepCosts Decoding, StepCosts Prompts) Costs(int threads) =>
        _byThreads.TryGetValue(threads, out var costs) ? costs : _byThreads[threads] = (new StepCosts(MostSequences), new StepCosts());
}
