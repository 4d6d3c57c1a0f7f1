using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>The data of a training.</summary>
internal static class DataChecks
{
    private static readonly string[] Splits = ["train", "validation", "test"];

    public static void Data(CheckContext context)
    {
        var data = context.Section;
        if (data.Section("train").Sections("datasets").Count == 0)
        {
            context.Error("train.datasets", "no dataset to train on", "add one with dataset_name, and dataset_path for a file", "missing");
        }

        var first = data.Section("train").Text("collator_name");
        foreach (var split in Splits.Skip(1))
        {
            if (data.Section(split).Text("collator_name") is { Length: > 0 } collator && collator != first)
            {
                context.Error(
                    $"{split}.collator_name",
                    string.IsNullOrEmpty(first) ? "the split train names no collator" : $"the split train has another collator, {first}",
                    "name the same collator for all splits"
                );
            }
        }
    }

    public static void Split(CheckContext context)
    {
        var split = context.Section;
        if (split.Text("train_target") is not null && split.Text("collator_name") != "text_completions_only_with_padding")
        {
            context.Error("train_target", "it needs another collator", "write collator_name: text_completions_only_with_padding, or remove train_target");
        }

        var datasets = split.Sections("datasets");
        var proportions = datasets.Select(static dataset => dataset.Number("mixture_proportion")).ToList();
        var missing = proportions.FindIndex(static share => share is null);
        if (missing >= 0 && proportions.Any(static share => share is not null))
        {
            context.Problems.Error(
                datasets[missing].Place,
                "conflict",
                context.Key($"datasets[{missing}].mixture_proportion"),
                "other datasets of the split have one",
                "give one to every dataset, or to none"
            );
        }
        else if (proportions.Count > 0 && missing < 0 && Math.Abs(proportions.Sum() ?? 0) is var sum && Math.Abs(sum - 1) > 1e-9)
        {
            var last = datasets[^1]["mixture_proportion"];
            context.Problems.Error(
                last.Place,
                "conflict",
                context.Key($"datasets[{datasets.Count - 1}].mixture_proportion"),
                $"the proportions of the split add up to {PythonText.Of(Math.Round(sum, 9))}",
                "they have to add up to 1"
            );
        }

        if (split.Text("target_col") is not null)
        {
            context.Warn("target_col", "deprecated", "remove it; 'ilab config migrate' does", "deprecated");
        }
    }

    public static void Dataset(CheckContext context)
    {
        foreach (var pair in context.Section.Map("dataset_kwargs").Pairs)
        {
            if (pair.Key is string key && context.Section.Class.Find(key) is not null)
            {
                context.Problems.Error(
                    pair.KeyPlace,
                    "conflict",
                    context.Key($"dataset_kwargs.{key}"),
                    $"{key} is a field of the dataset itself",
                    $"write {context.Key(key)} instead"
                );
            }
        }
    }
}
