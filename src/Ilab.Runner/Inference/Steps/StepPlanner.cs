using Ilab.Runner.Inference.Speculation;

namespace Ilab.Runner.Inference.Steps;

/// <summary>
/// Chooses the sizes of steps from what steps cost. More rows do not always mean more tokens per second: two to four sequences together may be slower than one
/// after the other. What is not known yet is measured with the next steps, which are of use whatever their size.
/// </summary>
/// <param name="batchSize">Maximum rows of a step.</param>
internal sealed partial class StepPlanner(int batchSize)
{
    /// <summary>A smaller step must be so much faster per token to be preferred.</summary>
    private const double Gain = 1.05;

    /// <summary>Among steps with parts of prompts, the smallest counts that reaches so much of the best speed.</summary>
    private const double GoodSpeed = 0.92;

    /// <summary>Seconds that running answers may wait for a part of somebody's prompt, if a smaller part is any shorter.</summary>
    private const double LongestPause = 0.1;

    /// <summary>The same where several prompts wait: who has no token yet waits longest.</summary>
    private const double LongestPauseOfMany = 0.25;

    private const int SmallestPart = 32;

    /// <summary>One in so many decisions looks again at a size that was not chosen for long.</summary>
    private const int Review = 64;

    /// <summary>Up to so many sequences decode together.</summary>
    private const int MostSequences = 256;

    /// <summary>What guessing could gain at best for its cost to be measured.</summary>
    private const double WorthATry = 1.3;

    /// <summary>No guess is taken for surer.</summary>
    private const double Surest = 0.99;

    /// <summary>Numbers of guesses to choose from: with the token before them, rows that kernels like.</summary>
    private static readonly int[] GuessSizes = [1, 3, 7, 15];

    /// <summary>Steps with prompts that are tried first.</summary>
    private static readonly int[] FirstSizes = [128, 256, 512];

    private readonly Dictionary<int, CostTables> _byThreads = [];
    private int _decisions;

    /// <summary>Records what a step took.</summary>
    /// <param name="work">What it did.</param>
    /// <param name="threads">Compute threads.</param>
    /// <param name="seconds">From filling the batch to the last sampled token.</param>
    /// <param name="drafting">Seconds before it, in which a draft model guessed.</param>
    public void Note(StepWork work, int threads, double seconds, double drafting = 0)
    {
        Noted++;
        var costs = Costs(threads);
        if (work.Prompt >= SmallestPart)
        {
            (work.Decoded == 0 ? costs.Prompts : costs.Mixed).Note(work.Decoded + work.Prompt, seconds);
        }
        else if (work is { Prompt: 0, Guessed: 0 })
        {
            if (drafting > 0 && costs.Decoding.Of(work.Decoded) is { } usual)
            {
                costs.Payoff.Note(work.Taken, seconds + drafting, usual / work.Decoded);
            }

            costs.Decoding.Note(work.Decoded, seconds);
        }
        else if (work.Prompt == 0)
        {
            var rows = work.Decoded + work.Guessed;
            if (costs.Checking.Of(rows) is not null && costs.Decoding.Of(work.Decoded) is { } plain)
            {
                costs.Payoff.Note(work.Taken, seconds + drafting, plain / work.Decoded);
            }

            costs.Checking.Note(rows, seconds);
        }
    }

    /// <summary>How many of the sequences that are ready to decode should go together in the next step; the others come next.</summary>
    /// <param name="ready">Number of sequences.</param>
    /// <param name="threads">Compute threads of the last step.</param>
    public int Group(int ready, int threads)
    {
        var costs = Costs(threads).Decoding;
        if (ready <= 1 || costs.Of(ready) is not { } all)
        {
            return ready;
        }

        var (best, speed) = (ready, ready / all);
        var (stalest, least) = (ready, 0.0);
        foreach (var size in StepCosts.Sizes.TakeWhile(size => size < ready))
        {
            // A step takes at least as long as one of fewer rows: most sizes are out of the question before they are measured.
            if (least > 0 && size / least <= speed * Gain)
            {
                continue;
            }

            if (costs.Of(size) is not { } cost)
            {
                return size;
            }

            least = Math.Max(least, cost);
            stalest = costs.Age(size) < costs.Age(stalest) ? size : stalest;
            if (size / cost > speed * (best == ready ? Gain : 1))
            {
                (best, speed) = (size, size / cost);
            }
        }

        return ++_decisions % Review == 0 ? stalest : best;
    }

    /// <summary>How many tokens of prompts the next step should take.</summary>
    /// <param name="running">Sequences that wait for their next token meanwhile.</param>
    /// <param name="threads">Compute threads of the last step.</param>
    /// <param name="waiting">Prompts that are not processed yet.</param>
    public int Part(int running, int threads, int waiting = 1)
    {
        var (decoding, costs) = (Costs(threads).Decoding, Costs(threads).Prompts);
        int[] possible = [.. StepCosts.Sizes.Where(size => size >= SmallestPart && size <= batchSize)];
        foreach (var size in FirstSizes)
        {
            if (possible.Contains(size) && costs.Of(size) is null)
            {
                return size;
            }
        }

        int[] known = [.. possible.Where(size => costs.Of(size) is not null)];
        if (known.Length == 0)
        {
            return batchSize;
        }

        var best = known.Max(size => size / costs.Of(size)!.Value);
        var chosen = known.First(size => size / costs.Of(size) >= best * GoodSpeed);
        var smaller = possible.LastOrDefault(size => size < chosen, chosen);
        if (costs.Of(smaller) is null)
        {
            return smaller;
        }

        if (++_decisions % Review == 0)
        {
            return possible.Where(size => size <= chosen * 2).MinBy(costs.Age);
        }

        // Where a single token takes long, waiting a little longer for a prompt is nothing new.
        var pause = Math.Max(waiting > 1 ? LongestPauseOfMany : LongestPause, running > 0 && decoding.Of(running) is { } token ? 4 * token : 0);
        return running == 0 ? chosen : known.LastOrDefault(size => size <= chosen && costs.Of(size) <= pause, known[0]);
    }

    /// <summary>
    /// Whether sequences should decode in the same step as parts of prompts, and not in a step of their own after it: they share the reads of the weights, but
    /// attention may cost more than that when rows of many sequences are together.
    /// </summary>
    /// <param name="ready">Number of sequences.</param>
    /// <param name="part">Tokens of prompts.</param>
    /// <param name="threads">Compute threads of the last step.</param>
    public bool Rides(int ready, int part, int threads)
    {
        if (ready == 0 || ready + part > batchSize)
        {
            return false;
        }

        var costs = Costs(threads);
        if (costs.Mixed.Of(ready + part) is not { } together)
        {
            return true;
        }

        return ++_decisions % Review != 0 && costs.Decoding.Of(ready) is { } decoding && costs.Prompts.Of(part) is { } prompt && together < decoding + prompt;
    }

    /// <summary>How many tokens should be guessed for each sequence of the next step.</summary>
    /// <param name="acceptances">Of each sequence, the probability that a guess is right if those before it are; 0 = nothing is guessed for it.</param>
    /// <param name="threads">Compute threads of the last step.</param>
    /// <param name="drafting">Seconds of one more guess for each, where a draft model makes them.</param>
    public int Guesses(ReadOnlySpan<double> acceptances, int threads, double drafting = 0)
    {
        var costs = Costs(threads);
        if (acceptances.IndexOfAnyExcept(0) < 0 || costs.Decoding.Of(acceptances.Length) is not { } plain || !costs.Payoff.IsWorthIt())
        {
            return 0;
        }

        var (best, speed, known) = (0, Gain * acceptances.Length / plain, 0);
        foreach (var guesses in GuessSizes)
        {
            var (rows, tokens) = (acceptances.Length, (double)acceptances.Length);
            foreach (var measured in acceptances)
            {
                var acceptance = Math.Min(measured, Surest);
                rows += acceptance > 0 ? guesses : 0;
                tokens += acceptance * (1 - Math.Pow(acceptance, guesses)) / (1 - acceptance);
            }

            if (rows > Math.Min(batchSize, MostSequences))
            {
                break;
            }

            if (costs.Checking.Of(rows) is not { } cost)
            {
                // It takes at least as long as without guesses: worth a try if it could be worth it at all, and once the next smaller one was.
                return tokens / (plain + (guesses * drafting)) > speed * WorthATry ? guesses : best;
            }

            known++;
            var reached = tokens / (cost + (guesses * drafting));
            (best, speed) = reached > speed ? (guesses, reached) : (best, speed);
        }

        return best > 0 && ++_decisions % Review == 0 ? GuessSizes[_decisions / Review % known] : best;
    }

    private CostTables Costs(int threads) => _byThreads.TryGetValue(threads, out var costs) ? costs : _byThreads[threads] = new CostTables();

    private sealed class CostTables
    {
        /// <summary>Steps without prompts, by number of sequences.</summary>
        public StepCosts Decoding { get; } = new(exact: MostSequences, skipped: 1, needed: 2);

        public Payoff Payoff { get; } = new();

        /// <summary>Steps with guessed tokens, by rows.</summary>
        public StepCosts Checking { get; } = new(exact: MostSequences, skipped: 0, needed: 1);

        /// <summary>Steps of parts of prompts, by tokens.</summary>
        public StepCosts Prompts { get; } = new(exact: 0, skipped: 0, needed: 1);

        /// <summary>Steps with both, by rows.</summary>
        public StepCosts Mixed { get; } = new(exact: 0, skipped: 0, needed: 1);
    }
}
