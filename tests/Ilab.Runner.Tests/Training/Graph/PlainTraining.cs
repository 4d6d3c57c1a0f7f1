using Ilab.Gguf.Decoders;
using Ilab.Gguf.Description;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>
/// Steps of SGD of a <see cref="PlainDecoder"/>, from the adapters that a graph begins with. Its second factors have the rows of the checkpoint: what changes
/// places in a GGUF is brought back here, by the rows of the weights themselves.
/// </summary>
internal sealed class PlainTraining
{
    private const string First = ".lora_a",
        Second = ".lora_b";

    /// <summary>Of central differences: far from what double precision rounds, and short of any bend (a bound, another choice of experts).</summary>
    private const double Distance = 1e-4;

    private readonly FamilyCheckpoint _checkpoint;
    private readonly double _scale;
    private readonly Dictionary<string, (string Module, int[] Rows, Value A, Value B, double[] StartA, double[] StartB)> _pairs = new(StringComparer.Ordinal);

    public PlainTraining(FamilyCheckpoint checkpoint, TrainingModel model)
    {
        (_checkpoint, _scale) = (checkpoint, model.Adapters!.Scale);
        foreach (var entry in checkpoint.Entries)
        {
            if (model.Adapters.Find(entry.Target) is not var (a, b))
            {
                continue;
            }

            var rank = model.Adapters.Options.Rank;
            var rows = RowsOf(entry, (int)b.Rows, model);
            var (first, second) = (Array.ConvertAll(a.ToArray(), static value => (double)value), b.ToArray());
            var turned = new double[second.Length];
            for (var index = 0; index < second.Length; index++)
            {
                turned[(rows[index / rank] * rank) + (index % rank)] = second[index];
            }

            _pairs[entry.Target] = (
                entry.Sources[0][..^".weight".Length],
                rows,
                new Value(rank, first.Length / rank, [.. first]),
                new Value(rows.Length, rank, [.. turned]),
                first,
                turned
            );
        }
    }

    public void Step(TrainingBatch batch, double rate)
    {
        var scaled = Scaled(static (_, factor) => factor.Data);
        new PlainDecoder(_checkpoint.Config, _checkpoint.Values, scaled).Run(batch.Tokens, [.. batch.Rows.Zip(batch.Targets)]);
        foreach (var pair in _pairs.Values)
        {
            var (a, b) = scaled[pair.Module];
            for (var index = 0; index < a.Data.Length; index++)
            {
                pair.A.Data[index] -= rate * a.Slope[index] * _scale;
            }

            for (var index = 0; index < b.Data.Length; index++)
            {
                pair.B.Data[index] -= rate * b.Slope[index];
            }
        }
    }

    /// <summary>The loss of a batch with the adapters as they are.</summary>
    public double Loss(TrainingBatch batch) => Loss(batch, static (_, factor) => factor.Data);

    /// <summary>
    /// The kind of parameter (a factor of a matrix, in all layers) whose gradient is furthest from the central differences of the loss in double precision:
    /// along a direction that is half its own and half a random one, relative to its length.
    /// </summary>
    /// <param name="gradients">By names of parameters, as a graph has them.</param>
    public (string Kind, double Error) WorstSlope(IReadOnlyDictionary<string, float[]> gradients, TrainingBatch batch)
    {
        var (worst, random) = (("", 0.0), new Random(5));
        foreach (var weights in _pairs.Keys.GroupBy(Decoder.ModuleOf, StringComparer.Ordinal))
        {
            foreach (var end in new[] { First, Second })
            {
                var slopes = weights.ToDictionary(static weight => weight, weight => SlopesOf(weight, end, gradients[weight + end]), StringComparer.Ordinal);
                worst = new[] { worst, ($"{weights.Key}{end}", Error(slopes, end)) }.MaxBy(static error => error.Item2);
            }
        }

        return worst;

        double Error(Dictionary<string, double[]> slopes, string end)
        {
            var others = slopes.ToDictionary(static entry => entry.Key, entry => entry.Value.Select(_ => random.NextDouble() - 0.5).ToArray());
            var (length, other) = (LengthOf(slopes), LengthOf(others));
            var way = slopes.ToDictionary(
                static entry => entry.Key,
                entry => entry.Value.Zip(others[entry.Key], (own, some) => (own / length) + (some / other)).ToArray(),
                StringComparer.Ordinal
            );
            var expected = way.Sum(entry => entry.Value.Zip(slopes[entry.Key], static (a, b) => a * b).Sum());
            var found = (Moved(Distance) - Moved(-Distance)) / (2 * Distance);
            return Math.Abs(found - expected) / length;

            double Moved(double step) =>
                Loss(
                    batch,
                    (weight, factor) =>
                        way.TryGetValue(weight, out var along) && factor == FactorOf(weight, end)
                            ? [.. factor.Data.Zip(along, (value, part) => value + (step * part))]
                            : factor.Data
                );
        }
    }

    /// <summary>The factor that is furthest off, relative to how far it has come.</summary>
    public (string Name, double Error) Worst(TrainingModel model)
    {
        var worst = ("", 0.0);
        foreach (var (weight, pair) in _pairs)
        {
            var (a, b) = model.Adapters!.Find(weight)!.Value;
            var rank = pair.A.Rows;
            var second = b.ToArray().Select((value, index) => (Value: (double)value, At: (pair.Rows[index / rank] * rank) + (index % rank)));
            var errors = new[]
            {
                (weight + First, Relative(a.ToArray().Select(static (value, index) => ((double)value, index)), pair.A.Data, pair.StartA)),
                (weight + Second, Relative(second, pair.B.Data, pair.StartB)),
            };
            worst = errors.Append(worst).MaxBy(static error => error.Item2);
        }

        return worst;
    }

    private static double LengthOf(Dictionary<string, double[]> values) => Math.Sqrt(values.Values.Sum(static part => part.Sum(static value => value * value)));

    private Value FactorOf(string weight, string end) => end == First ? _pairs[weight].A : _pairs[weight].B;

    // In the order of the checkpoint's rows.
    private double[] SlopesOf(string weight, string end, float[] gradient)
    {
        var (rank, rows, slopes) = (_pairs[weight].A.Rows, _pairs[weight].Rows, new double[gradient.Length]);
        for (var index = 0; index < gradient.Length; index++)
        {
            slopes[end == First ? index : (rows[index / rank] * rank) + (index % rank)] = gradient[index];
        }

        return slopes;
    }

    private double Loss(TrainingBatch batch, Func<string, Value, double[]> values) =>
        new PlainDecoder(_checkpoint.Config, _checkpoint.Values, Scaled(values)).Loss(batch.Tokens, [.. batch.Rows.Zip(batch.Targets)]);

    // The scale is in the first factor while the formulas run.
    private Dictionary<string, (Value A, Value B)> Scaled(Func<string, Value, double[]> values) =>
        _pairs.ToDictionary(
            static entry => entry.Value.Module,
            entry =>
            {
                var (a, b) = (entry.Value.A, entry.Value.B);
                return (
                    A: new Value(a.Rows, a.Columns, [.. values(entry.Key, a).Select(value => value * _scale)]),
                    B: new Value(b.Rows, b.Columns, [.. values(entry.Key, b)])
                );
            },
            StringComparer.Ordinal
        );

    private static double Relative(IEnumerable<(double Value, int At)> values, double[] expected, double[] start)
    {
        var (off, way) = (0.0, 0.0);
        foreach (var (value, at) in values)
        {
            off += (value - expected[at]) * (value - expected[at]);
            way += (expected[at] - start[at]) * (expected[at] - start[at]);
        }

        return Math.Sqrt(off / way);
    }

    // Row of the GGUF to row of the checkpoint, by what stands in them.
    private int[] RowsOf(TensorEntry entry, int count, TrainingModel model)
    {
        if (entry.Rule.Steps.OfType<Transpose>().Any())
        {
            return [.. Enumerable.Range(0, count)];
        }

        var (source, target) = (_checkpoint.Values[entry.Sources[0]], model.Weights[entry.Target].ToArray());
        var columns = source.Length / count;
        var places = Enumerable.Range(0, count).ToDictionary(row => source[row * columns], static row => row);
        return [.. Enumerable.Range(0, count).Select(row => places[target[row * columns]])];
    }
}
