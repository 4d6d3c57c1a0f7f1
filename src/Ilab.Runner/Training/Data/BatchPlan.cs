namespace Ilab.Runner.Training.Data;

/// <summary>
/// Assigns samples to batches, as a function of seed and epoch only, so that a resumed run sees the same batches as an unbroken one. Short samples are packed
/// into a sequence.
/// </summary>
internal sealed class BatchPlan
{
    private const int LengthStep = 32,
        RowSteps = 8;
    private readonly IReadOnlyList<Sample> _samples;
    private readonly int _length;
    private readonly int _sequences;
    private readonly ulong _seed;
    private (int Epoch, List<int[][]> Batches) _current = (-1, []);

    /// <param name="length">Sequence length in tokens, at least that of the longest sample.</param>
    /// <param name="sequences">Sequences per batch.</param>
    public BatchPlan(IReadOnlyList<Sample> samples, int length, int sequences, ulong seed)
    {
        (_samples, _length, _sequences, _seed) = (samples, length, sequences, seed);
    }

    /// <summary>Number of batches in an epoch.</summary>
    public int Count(int epoch) => Epoch(epoch).Count;

    public TrainingBatch Get(int epoch, int index)
    {
        var bins = Epoch(epoch)[index];
        var length = RoundUp(bins.Max(bin => bin.Sum(sample => _samples[sample].Tokens.Length)), LengthStep);
        var tokens = new int[length * bins.Length];
        var segments = new int[tokens.Length];
        var (rows, targets) = (new List<int>(), new List<int>());
        var (segment, used) = (0, 0);
        for (var bin = 0; bin < bins.Length; bin++)
        {
            var at = bin * length;
            foreach (var number in bins[bin])
            {
                var sample = _samples[number];
                sample.Tokens.CopyTo(tokens, at);
                segments.AsSpan(at, sample.Tokens.Length).Fill(++segment);
                for (var token = 1; token < sample.Tokens.Length; token++)
                {
                    if (sample.Learned[token])
                    {
                        rows.Add(at + token - 1);
                        targets.Add(sample.Tokens[token]);
                    }
                }

                at += sample.Tokens.Length;
                used += sample.Tokens.Length;
            }
        }

        var learned = rows.Count;
        var count = Math.Min(RoundUp(learned, Math.Max(1, tokens.Length / RowSteps)), Math.Max(tokens.Length, learned));
        rows.AddRange(Enumerable.Repeat(0, count - learned));
        targets.AddRange(Enumerable.Repeat(0, count - learned));
        return new TrainingBatch
        {
            Shape = new BatchShape(length, bins.Length, count),
            Tokens = tokens,
            Segments = segments,
            Rows = [.. rows],
            Targets = [.. targets],
            Learned = learned,
            Used = used,
        };
    }

    /// <summary>The batch of the first epoch with the most tokens, including padding.</summary>
    public int Largest() => Enumerable.Range(0, Count(0)).MaxBy(index => (Tokens(0, index), Learned(0, index)));

    /// <summary>Tokens of all batches of an epoch, including padding.</summary>
    public long Filled(int epoch) => Enumerable.Range(0, Count(epoch)).Sum(index => Tokens(epoch, index));

    /// <summary>Tokens of all batches of an epoch, without padding.</summary>
    public long Used(int epoch) => Epoch(epoch).Sum(batch => batch.Sum(bin => bin.Sum(sample => (long)_samples[sample].Tokens.Length)));

    /// <summary>Lines of the data file in a batch.</summary>
    public IEnumerable<int> Lines(int epoch, int index) =>
        Epoch(epoch)[index].SelectMany(static bin => bin).Select(sample => _samples[sample].Line).Distinct().Order();

    private long Tokens(int epoch, int index)
    {
        var bins = Epoch(epoch)[index];
        return (long)bins.Length * RoundUp(bins.Max(bin => bin.Sum(sample => _samples[sample].Tokens.Length)), LengthStep);
    }

    private int Learned(int epoch, int index) => Epoch(epoch)[index].Sum(bin => bin.Sum(sample => _samples[sample].LearnedCount));

    private static int RoundUp(int value, int step) => (value + step - 1) / step * step;

    private List<int[][]> Epoch(int epoch)
    {
        if (_current.Epoch != epoch)
        {
            var order = new RandomSource(_seed + ((ulong)epoch * 0x9E3779B97F4A7C15)).Permutation(_samples.Count);
            _current = (epoch, [.. Pack(order).Chunk(_sequences)]);
        }

        return _current.Batches;
    }

    /// <summary>First fit, in the given order, among the most recently opened sequences.</summary>
    private List<int[]> Pack(int[] order)
    {
        const int Open = 16;
        var bins = new List<(List<int> Samples, int Room)>();
        foreach (var sample in order)
        {
            var need = _samples[sample].Tokens.Length;
            var bin = Enumerable.Range(Math.Max(0, bins.Count - Open), Math.Min(Open, bins.Count)).FirstOrDefault(index => bins[index].Room >= need, -1);
            if (bin < 0)
            {
                bins.Add(([], _length));
                bin = bins.Count - 1;
            }

            bins[bin].Samples.Add(sample);
            bins[bin] = (bins[bin].Samples, bins[bin].Room - need);
        }

        return bins.ConvertAll(static bin => bin.Samples.ToArray());
    }
}
