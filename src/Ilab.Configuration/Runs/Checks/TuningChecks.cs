using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Searches for the best settings.</summary>
internal static class TuningChecks
{
    private static readonly string[] Types = ["categorical", "int", "float", "loguniform", "uniform"];

    public static void Check(CheckContext context)
    {
        var tuning = context.Section;
        var (metrics, directions) = (tuning.Texts("evaluation_metrics").Count, tuning.Texts("evaluation_direction").Count);
        if (metrics != directions && directions != 1)
        {
            context.Error("evaluation_direction", $"{directions} directions for {metrics} metrics", "write one direction, or one for each metric");
        }

        if (tuning.Text("trainer_type") != "TRL_SFT")
        {
            context.Error("trainer_type", $"{tuning.Text("trainer_type")} is not tuned", "write TRL_SFT");
        }

        foreach (var (kind, name) in ((string, string)[])[("training", "TrainingParams"), ("peft", "PeftParams")])
        {
            var type = RunSchema.Class(name);
            Names(context, $"fixed_{kind}_params", type);
            Names(context, $"tunable_{kind}_params", type);
            foreach (var pair in tuning.Map($"tunable_{kind}_params").Pairs)
            {
                Range(context, pair, context.Key($"tunable_{kind}_params.{PythonText.Of(pair.Key)}"));
            }
        }
    }

    private static void Names(CheckContext context, string field, ConfigClass type)
    {
        foreach (var pair in context.Section.Map(field).Pairs)
        {
            var name = PythonText.Of(pair.Key);
            if (type.Find(name) is null)
            {
                var meant = Spelling.Nearest(name, type.Fields.Select(static known => known.Name));
                context.Problems.Error(
                    pair.KeyPlace,
                    "unknown-key",
                    context.Key($"{field}.{name}"),
                    "no such setting",
                    meant is null ? "name a setting of that section" : $"did you mean {meant}?",
                    meant ?? ""
                );
            }
        }
    }

    private static void Range(CheckContext context, ConfigPair pair, string key)
    {
        if (pair.Value is not ConfigMap map)
        {
            context.Problems.Error(pair.KeyPlace, "type", key, "a mapping with type is needed", "write type, and choices or low and high");
            return;
        }

        var type = (map.Find("type") as ConfigScalar)?.Value as string;
        if (type is null || !Types.Contains(type))
        {
            var meant = type is null ? null : Spelling.Nearest(type, Types);
            context.Problems.Error(
                map.Find("type")?.Place ?? pair.KeyPlace,
                type is null ? "missing" : "choice",
                key + ".type",
                type is null ? "a type is required" : $"\"{type}\" is none of {string.Join(", ", Types)}",
                meant is null ? $"write one of {string.Join(", ", Types)}" : $"did you mean {meant}?"
            );
        }
        else if (type == "categorical" && map.Find("choices") is not ConfigList { Items.Count: > 0 })
        {
            context.Problems.Error(pair.KeyPlace, "missing", key + ".choices", "a list of choices is required", "write choices: [a, b]");
        }
        else if (type != "categorical" && (map.Find("low") is null || map.Find("high") is null))
        {
            context.Problems.Error(pair.KeyPlace, "missing", key, "low and high are required", "write both");
        }
    }
}
