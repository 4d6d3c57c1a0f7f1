using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>A tensor of a GGUF with what it came from.</summary>
internal readonly record struct MadeTensor(TensorEntry Entry, TensorValue Value);

/// <summary>Takes back what a description does to tensors.</summary>
internal static class TensorUndo
{
    /// <summary>The tensors of the checkpoint that one of a GGUF came from, in the order of the entry's sources.</summary>
    /// <exception cref="ConversionException">A step that cannot be undone.</exception>
    public static IEnumerable<IRowSource> Undo(TensorEntry entry, TensorValue value, FamilyModel model) => Undo([new MadeTensor(entry, value)], model);

    /// <param name="parts">All that came from the same tensors: each took a part of them, or there is one that took all.</param>
    /// <inheritdoc cref="Undo(TensorEntry, TensorValue, FamilyModel)"/>
    public static IEnumerable<IRowSource> Undo(IReadOnlyList<MadeTensor> parts, FamilyModel model)
    {
        var entry = parts[0].Entry;
        var steps = entry.Rule.Steps;
        var taken = steps.TakeWhile(static step => step is not Take).Count();
        var value =
            taken < steps.Count ? Back(new MadeTensor(entry, Join(parts, taken, model)), taken, model)
            : parts.Count == 1 ? Back(parts[0], taken, model)
            : throw Impossible(entry);
        var each = value.Rows.Rows / entry.Sources.Count;
        return entry.Sources.Count == 1
            ? [value.Rows]
            : entry.Sources.Select((_, index) => (IRowSource)new MappedRows(value.Rows, each, row => (index * each) + row));
    }

    /// <summary>The value before the step <paramref name="first"/>, from what it is before the step <paramref name="end"/>.</summary>
    private static TensorValue Back(MadeTensor tensor, int end, FamilyModel model, int first = 0)
    {
        var (entry, value) = tensor;
        var shapes = TensorSteps.ShapesOf(entry, model);
        for (var index = end - 1; index >= first; index--)
        {
            value = entry.Rule.Steps[index] switch
            {
                Swap swap => TensorSteps.Apply(swap with { A = swap.B, B = swap.A }, value, model, entry.Layer),
                Shift shift => TensorSteps.Apply(new Shift(-shift.Amount), value, model, entry.Layer),
                Gather gather => TensorSteps.Scatter(gather, value, model, entry.Layer),
                LeaveOut => value with { Shape = shapes[index], Rows = new PaddedRows(value.Rows, RowsOf(shapes[index]) - value.Rows.Rows) },
                Transpose step => TensorSteps.Apply(step, value, model, entry.Layer),
                Reshape => TensorSteps.Reshaped(value, shapes[index]),
                NegativeExponential => value with { Rows = ComputedRows.Of(value.Rows, Decays.LogarithmOf) },
                // Factors that went into the weights stay in them: the config that is written says 1 for each.
                Scale scale when scale.Keys.All(key => TensorSteps.Number(model.Config, key) == 1) => value,
                ScaleRows scale when scale.Runs.All(run => TensorSteps.Number(model.Config, run.Key) == 1) => value,
                _ => throw Impossible(entry),
            };
        }

        return value;
    }

    private static long RowsOf(long[] shape) => shape[..^1].Aggregate(1L, static (product, length) => product * length);

    /// <summary>What the parts were taken from by the step of that number.</summary>
    private static TensorValue Join(IReadOnlyList<MadeTensor> parts, int step, FamilyModel model)
    {
        var entry = parts[0].Entry;
        var shape = TensorSteps.ShapesOf(entry, model)[step];
        var axis = ((Take)entry.Rule.Steps[step]).Axis;
        var places = new (int Part, int Place)[shape[axis]];
        Array.Fill(places, (-1, -1));
        var values = new List<IRowSource>();
        foreach (var part in parts)
        {
            if (part.Entry.Rule.Steps.ElementAtOrDefault(step) is not Take take || take.Axis != axis)
            {
                throw Impossible(part.Entry);
            }

            var (start, count) = ((int)(model.Measures.Find(take.Start, entry.Layer) ?? 0), (int)model.Measures.Of(take.Count, entry.Layer));
            for (var index = 0; index < count && start + (index * take.Stride) < places.Length; index++)
            {
                places[start + (index * take.Stride)] = (values.Count, index);
            }

            values.Add(Back(part, part.Entry.Rule.Steps.Count, model, step + 1).Rows);
        }

        if (Array.Exists(places, static place => place.Part < 0))
        {
            throw new ConversionException($"{entry.Sources[0]} cannot be put together: the GGUF has {parts.Count} of its parts", isUnsupported: true);
        }

        return parts[0].Value with
        {
            Shape = shape,
            Rows =
                axis == shape.Length - 1
                    ? new JoinedColumns(values, places)
                    : new JoinedRows(values, places, shape[(axis + 1)..^1].Aggregate(1L, static (product, length) => product * length)),
        };
    }

    private static ConversionException Impossible(TensorEntry entry) => new($"{entry.Target} cannot be taken back to {entry.Sources[0]}", isUnsupported: true);
}
