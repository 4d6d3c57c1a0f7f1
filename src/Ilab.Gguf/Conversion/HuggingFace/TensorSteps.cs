using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>A tensor on its way.</summary>
/// <param name="Shape">Slowest axis first.</param>
/// <param name="Rows">The last axis as width, all others as rows.</param>
/// <param name="IsHalf">Whether arithmetic is rounded to half precision.</param>
internal readonly record struct TensorValue(long[] Shape, IRowSource Rows, bool IsHalf);

/// <summary>Does to tensors what a description says.</summary>
internal static class TensorSteps
{
    public static TensorValue Stack(IReadOnlyList<TensorValue> parts) =>
        parts[0] with
        {
            Shape = [parts.Count, .. parts[0].Shape],
            Rows = new StackedRows([.. parts.Select(static part => part.Rows)]),
        };

    public static TensorValue Apply(TensorStep step, TensorValue value, FamilyModel model, int layer)
    {
        long Of(string expression) => model.Measures.Find(expression, layer) ?? 0;
        return step switch
        {
            Swap swap => Reorder(
                value,
                swap.Axis,
                value.Shape[swap.Axis],
                SwapMap(Of(swap.From), Of(swap.Outer), Of(swap.A), Of(swap.B), Of(swap.Inner), value.Shape[swap.Axis])
            ),
            Take take => Some(value, take, Of(take.Start), Of(take.Count)),
            LeaveOut skip => Some(value, new Take("", ""), Of(skip.Count), value.Shape[0] - Of(skip.Count)),
            Gather gather => Reorder(value, 0, value.Shape[0], GatherMap(Of(gather.Groups), [.. gather.Parts.Select(Of)], value.Shape[0], isBack: false)),
            Transpose => Transposed(value),
            Reshape reshape => Reshaped(value, [.. reshape.Shape.Select(Of)]),
            Shift shift => Computed(value, number => (float)(number + shift.Amount)),
            NegativeExponential => Computed(value, Decays.Of),
            Scale scale => scale.Keys.Aggregate(value, (scaled, key) => Times(scaled, Number(model.Config, key))),
            ScaleRows runs => value with { Rows = Scaled(value.Rows, [.. runs.Runs.Select(run => (Of(run.Rows), Number(model.Config, run.Key)))]) },
            _ => throw new ArgumentException($"the step {step.GetType().Name} is not known", nameof(step)),
        };
    }

    /// <summary>The shape that a tensor has in the GGUF, slowest axis first.</summary>
    public static long[] ShapeOf(TensorEntry entry, FamilyModel model) => ShapesOf(entry, model)[^1];

    /// <summary>Its shapes before each step, and after all of them.</summary>
    public static List<long[]> ShapesOf(TensorEntry entry, FamilyModel model)
    {
        List<long[]> shapes = [entry.IsStacked ? [entry.Sources.Count, .. entry.Shape] : entry.Shape];
        foreach (var step in entry.Rule.Steps)
        {
            var shape = shapes[^1];
            shapes.Add(
                step switch
                {
                    Take take => [.. shape.Select((length, axis) => axis == take.Axis ? model.Measures.Of(take.Count, entry.Layer) : length)],
                    LeaveOut skip => [shape[0] - (model.Measures.Find(skip.Count, entry.Layer) ?? 0), .. shape[1..]],
                    Transpose => [.. shape[..^2], shape[^1], shape[^2]],
                    Reshape reshape => [.. reshape.Shape.Select(length => model.Measures.Of(length, entry.Layer))],
                    _ => shape,
                }
            );
        }

        return shapes;
    }

    private static Func<long, long> SwapMap(long from, long outer, long a, long b, long inner, long length)
    {
        if (from + (outer * a * b * inner) != length)
        {
            throw new ConversionException($"{length} values do not fall into {outer} x {a} x {b} x {inner} from {from} on");
        }

        return place =>
        {
            if (place < from)
            {
                return place;
            }

            var at = place - from;
            var (rest, second, first) = (at % inner, at / inner % a, at / inner / a % b);
            var group = at / (a * b * inner);
            return from + (((((group * a) + second) * b) + first) * inner) + rest;
        };
    }

    /// <param name="isBack">The places that <see cref="Gather"/> took rows from, instead of those that they went to.</param>
    private static Func<long, long> GatherMap(long groups, long[] parts, long length, bool isBack)
    {
        var each = parts.Sum();
        if (groups * each != length)
        {
            throw new ConversionException($"{length} rows do not fall into {groups} groups of {each}");
        }

        var map = new long[length];
        var (place, before) = (0L, 0L);
        foreach (var part in parts)
        {
            for (long group = 0; group < groups; group++)
            {
                for (long row = 0; row < part; row++, place++)
                {
                    var from = (group * each) + before + row;
                    map[isBack ? from : place] = isBack ? place : from;
                }
            }

            before += part;
        }

        return place => map[place];
    }

    /// <summary>Takes back what <see cref="Gather"/> does.</summary>
    public static TensorValue Scatter(Gather gather, TensorValue value, FamilyModel model, int layer) =>
        Reorder(
            value,
            0,
            value.Shape[0],
            GatherMap(model.Measures.Of(gather.Groups, layer), [.. gather.Parts.Select(part => model.Measures.Of(part, layer))], value.Shape[0], isBack: true)
        );

    private static TensorValue Some(TensorValue value, Take take, long start, long count)
    {
        var axis = take.Axis;
        if (count <= 0 || start + ((count - 1) * take.Stride) >= value.Shape[axis])
        {
            throw new ConversionException($"{count} of {value.Shape[axis]} values from {start} on are not there");
        }

        return Reorder(value, axis, count, place => start + (place * take.Stride));
    }

    // The axis may be the width, or one that rows are made of.
    private static TensorValue Reorder(TensorValue value, int axis, long length, Func<long, long> map)
    {
        long[] shape = [.. value.Shape];
        var old = shape[axis];
        shape[axis] = length;
        if (axis == shape.Length - 1)
        {
            var columns = new int[length];
            for (var place = 0; place < columns.Length; place++)
            {
                columns[place] = (int)map(place);
            }

            return value with
            {
                Shape = shape,
                Rows = new MappedColumns(value.Rows, columns),
            };
        }

        var after = shape[(axis + 1)..^1].Aggregate(1L, static (product, next) => product * next);
        var rows = shape[..^1].Aggregate(1L, static (product, next) => product * next);
        return value with
        {
            Shape = shape,
            Rows = new MappedRows(value.Rows, rows, row => (((row / (length * after) * old) + map(row / after % length)) * after) + (row % after)),
        };
    }

    private static TensorValue Transposed(TensorValue value)
    {
        var shape = value.Shape;
        return value with { Shape = [.. shape[..^2], shape[^1], shape[^2]], Rows = new TransposedRows(value.Rows, checked((int)shape[^2])) };
    }

    /// <summary>The same values in another shape of as many.</summary>
    public static TensorValue Reshaped(TensorValue value, long[] shape)
    {
        var (before, after) = (
            value.Shape.Aggregate(1L, static (product, next) => product * next),
            shape.Aggregate(1L, static (product, next) => product * next)
        );
        return before != after
            ? throw new ConversionException($"[{string.Join(", ", value.Shape)}] cannot be seen as [{string.Join(", ", shape)}]")
            : value with
            {
                Shape = shape,
                Rows = shape[^1] == value.Rows.Width ? value.Rows : new ReshapedRows(value.Rows, checked((int)shape[^1])),
            };
    }

    private static TensorValue Computed(TensorValue value, Func<float, float> change) =>
        value with
        {
            Rows = ComputedRows.Of(value.Rows, value.IsHalf ? number => (float)(Half)change(number) : change),
        };

    private static TensorValue Times(TensorValue value, float factor) => Computed(value, number => number * factor);

    private static ComputedRows Scaled(IRowSource rows, (long Rows, float Factor)[] runs) =>
        new(
            rows,
            (row, width, values) =>
            {
                for (var done = 0; done < values.Length; done += width, row++)
                {
                    var factor = FactorOf(row);
                    foreach (ref var value in values.Slice(done, width))
                    {
                        value *= factor;
                    }
                }

                float FactorOf(long place)
                {
                    long end = 0;
                    return runs.FirstOrDefault(run => place < (end += run.Rows), (0, 1f)).Item2;
                }
            }
        );

    /// <summary>A number of the config, or of a list in it; 1 = there is none.</summary>
    public static float Number(ModelConfig config, string key)
    {
        var bracket = key.IndexOf('[', StringComparison.Ordinal);
        if (bracket < 0)
        {
            return (float)(config.Number(key) ?? 1);
        }

        var (numbers, index) = (config.Numbers(key[..bracket]), key[bracket + 1] - '0');
        return index < numbers.Length ? (float)numbers[index] : 1;
    }
}
