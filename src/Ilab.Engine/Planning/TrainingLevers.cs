using System.Globalization;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Planning;

/// <summary>The settings that make a training smaller.</summary>
internal static class TrainingLevers
{
    private const int LengthStep = 32,
        ShortestLength = 64;

    /// <summary>The smallest change; where no single one suffices, with activations recomputed as well, since that changes nothing in the result.</summary>
    public static async Task<(PlanChange? Change, PlanChange? Closest)> SearchAsync(
        TrainingSpec spec,
        TrainingNeed need,
        Func<TrainingSpec, Task<long>> plan,
        long available
    )
    {
        var single = await SmallestChange.FindAsync(spec, Levers(spec, need), plan, available).ConfigureAwait(false);
        if (single.Change is not null || spec.GradientCheckpointing)
        {
            return single;
        }

        var (first, recomputed) = (Levers(spec, need).First(), spec with { GradientCheckpointing = true });
        var (second, _) = await SmallestChange.FindAsync(recomputed, Levers(recomputed, need), plan, available).ConfigureAwait(false);
        return second is null ? single : (second with { Field = $"{first.Field(1)} {second.Field}", Option = $"{first.Option(1)} {second.Option}" }, null);
    }

    /// <summary>What makes a training smaller, by how much it changes what is learned: recomputing activations changes nothing.</summary>
    private static IEnumerable<Lever<TrainingSpec>> Levers(TrainingSpec spec, TrainingNeed need)
    {
        yield return new Lever<TrainingSpec>(
            spec.GradientCheckpointing ? [] : [1],
            static (spec, _) => spec with { GradientCheckpointing = true },
            static _ => "training.enable_gradient_checkpointing=true",
            static _ => "--gradient-checkpointing",
            "the same result, about a third more time"
        );
        yield return new Lever<TrainingSpec>(
            [.. Enumerable.Range(1, Math.Max(0, spec.BatchSize - 1)).Reverse()],
            static (spec, value) => spec with { BatchSize = value },
            static value => Text($"training.per_device_train_batch_size={value}"),
            static value => Text($"--batch-size {value}"),
            "fewer records per step, unless gradient_accumulation_steps grows as much"
        );
        yield return new Lever<TrainingSpec>(
            need.Longest > 0 ? [.. Lengths(need.Length, need.Longest)] : [],
            static (spec, value) => spec with { MaxLength = value },
            static value => Text($"model.model_max_length={value}"),
            static value => Text($"--max-seq-len {value}"),
            "fewer records share a sequence; none is cut"
        );
        // Records that are cut fill the sequences.
        yield return new Lever<TrainingSpec>(
            [.. Lengths(need.Longest > 0 ? Math.Min(need.Length, need.Longest) : need.Length, ShortestLength)],
            (spec, value) => spec with { MaxLength = value, Data = "", BatchSize = Math.Min(spec.BatchSize, need.Sequences) },
            static value => Text($"model.model_max_length={value}"),
            static value => Text($"--max-seq-len {value}"),
            "longer records are cut"
        );
        yield return new Lever<TrainingSpec>(
            spec.Type == "full" ? [1] : [],
            static (spec, _) => spec with { Type = "lora" },
            static _ => "ilab.training_type=lora",
            static _ => "--training-type lora",
            "adapters instead of every weight"
        );
    }

    private static IEnumerable<int> Lengths(int length, int shortest)
    {
        for (var shorter = (length - 1) / LengthStep * LengthStep; shorter >= shortest; shorter -= LengthStep)
        {
            yield return shorter;
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
