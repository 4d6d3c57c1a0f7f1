using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>The attributes that a synthesis makes.</summary>
internal static class AttributeChecks
{
    private static readonly string[] Reserved = ["target_turns", "current_turn"];

    /// <summary>Every id once, over all kinds of sources and attributes.</summary>
    public static void Ids(CheckContext context)
    {
        var strategy = context.Section;
        var plans = strategy.Sections("multiturn_attributes").Select(static item => item.Text("id") + "_plan").ToHashSet(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in strategy.Sections("input_data"))
        {
            foreach (var pair in source.Map("attribute_map").Pairs)
            {
                Take((pair.Value as ConfigScalar)?.Value as string, pair.Value.Place, "input_data");
            }
        }

        Each("input_documents", static item => item.OptionalSection("segmentation_params"));
        foreach (var source in strategy.Sections("input_examples"))
        {
            foreach (var pair in source["examples"] is ConfigList { Items: [ConfigMap first, ..] } ? first.Pairs : [])
            {
                Take(pair.Key as string, pair.KeyPlace, "input_examples");
            }
        }

        Each("sampled_attributes", static item => item);
        foreach (var item in strategy.Sections("generated_attributes"))
        {
            Take(item.Text("id"), item["id"].Place, "generated_attributes");
            if (item.OptionalSection("postprocessing_params") is { } after && after.Text("id") != item.Text("id"))
            {
                Take(after.Text("id"), after["id"].Place, "generated_attributes");
            }
        }

        Each("multiturn_attributes", static item => item);
        Each("transformed_attributes", static item => item);
        var rates = strategy.Sections("combination_sampling").Sum(static item => item.Number("sample_rate") ?? 0);
        if (rates > 1 + 1e-9)
        {
            context.Error("combination_sampling", $"the sample rates add up to {PythonText.Of(Math.Round(rates, 6))}", "they have to add up to at most 1");
        }

        void Each(string field, Func<ConfigSection, ConfigSection?> part)
        {
            foreach (var item in strategy.Sections(field).Select(part).OfType<ConfigSection>())
            {
                Take(item.Text("id"), item["id"].Place, field);
            }
        }

        void Take(string? id, ConfigPlace place, string field)
        {
            if (id is null)
            {
                return;
            }

            if (Reserved.Contains(id) || plans.Contains(id))
            {
                context.Problems.Error(place, "reference", context.Key(field), $"the id {id} is reserved for conversations of several turns", "choose another");
            }
            else if (!seen.Add(id))
            {
                context.Problems.Error(place, "duplicate-id", context.Key(field), $"the id {id} is used twice", "choose another");
            }
        }
    }

    public static void Sampled(CheckContext context)
    {
        var values = context.Section.Sections("possible_values");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < values.Count; index++)
        {
            if (values[index].Text("id") is { } id && !seen.Add(id))
            {
                context.Problems.Error(
                    values[index]["id"].Place,
                    "duplicate-id",
                    context.Key($"possible_values[{index}].id"),
                    $"{id} is used twice",
                    "choose another"
                );
            }
        }

        var rates = values.Sum(static value => value.Number("sample_rate") ?? 0);
        if (rates > 1 + 1e-9)
        {
            context.Error("possible_values", $"the sample rates add up to {PythonText.Of(Math.Round(rates, 6))}", "they have to add up to at most 1");
        }
    }

    public static void Combination(CheckContext context)
    {
        var pairs = context.Section.Map("combination").Pairs;
        if (pairs.Count == 1)
        {
            context.Error("combination", "it has one attribute", "name at least two");
        }

        foreach (var pair in pairs.Where(static pair => pair.Value is ConfigScalar { Value: "" } || pair.Key is ""))
        {
            context.Problems.Error(pair.KeyPlace, "empty", context.Key("combination"), "an empty name", "write one");
        }
    }

    public static void Generated(CheckContext context)
    {
        if (context.Section.OptionalSection("postprocessing_params")?.Text("id") is { } id && id == context.Section.Text("id"))
        {
            context.Error("postprocessing_params.id", $"{id} is the id of the attribute itself", "choose another");
        }
    }

    public static void Postprocessing(CheckContext context)
    {
        if (context.Section.Text("regex") is not { Length: > 0 } pattern || !IsBroken(pattern))
        {
            return;
        }

        context.Error("regex", "brackets or parentheses that do not match, or an escape without a character", "fix the expression", "regex");
    }

    public static void MultiTurn(CheckContext context)
    {
        var attribute = context.Section;
        if (attribute.Whole("max_turns") < attribute.Whole("min_turns"))
        {
            context.Error("max_turns", "less than min_turns", "make it at least min_turns", "range");
        }

        var messages = attribute.Map("role_instruction_messages");
        foreach (var role in messages.Pairs.Count == 0 ? [] : (string[])["USER", "ASSISTANT"])
        {
            if (messages.Find(role) is not ConfigScalar { Value: string { Length: > 0 } })
            {
                context.Error("role_instruction_messages", $"no instructions for the role {role}", $"write {role}: and a text", "missing");
            }
        }
    }

    public static void Transformation(CheckContext context)
    {
        var strategy = context.Section;
        var field = strategy.Text("type")?.ToLowerInvariant() + "_transform";
        var isEmpty =
            strategy.Class.Find(field) is not null
            && strategy[field] switch
            {
                ConfigScalar { Value: null or "" } => true,
                ConfigList { Items.Count: 0 } or ConfigMap { Pairs.Count: 0 } => true,
                ConfigSection chat => chat.Sections("messages").Count == 0
                    || chat.Sections("messages").Any(static message => message.Text("content") is null or ""),
                _ => false,
            };
        if (isEmpty)
        {
            context.Error("type", $"{strategy.Text("type")} needs {field}", $"write {field}, or another type", "missing");
        }
    }

    /// <summary>Whether groups or sets do not close, or the last character escapes nothing; other mistakes are left to whoever compiles it.</summary>
    private static bool IsBroken(string pattern)
    {
        var depth = 0;
        for (var index = 0; index < pattern.Length; index++)
        {
            switch (pattern[index])
            {
                case '\\':
                    index++;
                    if (index >= pattern.Length)
                    {
                        return true;
                    }

                    break;
                case '[':
                    // A bracket that comes first in a set is part of it.
                    var from = index + (index + 1 < pattern.Length && pattern[index + 1] == '^' ? 2 : 1);
                    for (index = from; index < pattern.Length && (pattern[index] != ']' || index == from); index++)
                    {
                        index += pattern[index] == '\\' ? 1 : 0;
                    }

                    if (index >= pattern.Length)
                    {
                        return true;
                    }

                    break;
                case '(':
                    depth++;
                    break;
                case ')' when --depth < 0:
                    return true;
                case '*' or '+' or '?' when index == 0:
                    return true;
                default:
                    break;
            }
        }

        return depth > 0;
    }
}
