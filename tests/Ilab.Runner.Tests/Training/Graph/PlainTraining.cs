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
        // The scale is in the first factor while the formulas run.
        var scaled = _pairs.Values.ToDictionary(
            static pair => pair.Module,
            pair =>
                (
                    A: new Value(pair.A.Rows, pair.A.Columns, [.. pair.A.Data.Select(value => value * _scale)]),
                    B: new Value(pair.B.Rows, pair.B.Columns, [.. pair.B.Data])
                )
        );
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
                (weight + ".lora_a", Relative(a.ToArray().Select(static (value, index) => ((double)value, index)), pair.A.Data, pair.StartA)),
                (weight + ".lora_b", Relative(second, pair.B.Data, pair.StartB)),
            };
            worst = errors.Append(worst).MaxBy(static error => error.Item2);
        }

        return worst;
    }

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
