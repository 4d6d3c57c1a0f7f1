using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Synthesis of data: sources, environments and the file as a whole.</summary>
internal static class SynthesisChecks
{
    private static readonly string[] Extensions = [".jsonl", ".json", ".csv", ".parquet", ".tsv", ".xlsx"];

    public static void Config(CheckContext context)
    {
        var config = context.Section;
        foreach (var field in (string[])["input_path", "output_path"])
        {
            if (config.Section("inference_config").Text(field) is not null)
            {
                context.Error(
                    $"inference_config.{field}",
                    "not for a synthesis",
                    field == "input_path" ? "write strategy_params.input_data" : "write output_path at the top"
                );
            }
        }

        if (config.Text("output_path") is { } output && output.Trim().Length > 0 && !output.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            context.Error("output_path", "it has to end with .jsonl", "change the name");
        }

        if (config.Text("environment_config_path") is { Length: 0 })
        {
            context.Error("environment_config_path", "an empty path", "remove the line", "empty");
        }

        var environment = config.OptionalSection("environment_config");
        if (environment is not null && config.Text("environment_config_path") is not null)
        {
            context.Error("environment_config_path", "environment_config is given as well", "leave one of the two");
        }

        Tools(context, environment, config.Text("environment_config_path") is not null);
    }

    private static void Tools(CheckContext context, ConfigSection? environment, bool isInFile)
    {
        var attributes = context.Section.Section("strategy_params").Sections("multiturn_attributes");
        var known = environment?.Sections("environments") ?? [];
        var names = known.Select(static item => item.Text("id") ?? "").ToHashSet(StringComparer.Ordinal);
        for (var index = 0; index < attributes.Count; index++)
        {
            context.Problems.Cancellation.ThrowIfCancellationRequested();
            var key = $"strategy_params.multiturn_attributes[{index}]";
            var (environments, tools) = (attributes[index].Texts("available_environments"), attributes[index].Texts("available_tools"));
            if (environments.Count + tools.Count == 0 || isInFile)
            {
                continue;
            }

            foreach (var name in environments.Where(name => !names.Contains(name)))
            {
                Report("available_environments", $"there is no environment {name}");
            }

            var chosen = environments.ToHashSet(StringComparer.Ordinal);
            var ids = known
                .Where(item => chosen.Count == 0 || chosen.Contains(item.Text("id") ?? ""))
                .SelectMany(static item => ToolIds(item).Select(static tool => tool.Id))
                .ToHashSet(StringComparer.Ordinal);
            foreach (var name in tools.Where(name => !ids.Contains(name)))
            {
                Report("available_tools", $"there is no tool {name} in these environments");
            }

            void Report(string field, string message) =>
                context.Problems.Error(attributes[index][field].Place, "reference", $"{key}.{field}", message, "define it in environment_config, or remove it");
        }
    }

    public static void Dataset(CheckContext context)
    {
        var path = context.Section.Text("path") ?? "";
        if (path.Length > 0 && path.Split(':')[0] is not ("hf" or "oumi") && !Extensions.Contains(Path.GetExtension(path).ToLowerInvariant()))
        {
            context.Error(
                "path",
                "a kind of file that is not read",
                $"known are {string.Join(", ", Extensions)}, and names that begin with hf: or oumi:",
                "choice"
            );
        }

        Shots(context);
    }

    public static void Examples(CheckContext context)
    {
        Shots(context);
        if (context.Section["examples"] is not ConfigList { Items: [ConfigMap first, ..] items })
        {
            return;
        }

        var keys = first.Pairs.Select(static pair => pair.Key).ToHashSet();
        for (var index = 1; index < items.Count; index++)
        {
            if (items[index] is ConfigMap map && !keys.SetEquals(map.Pairs.Select(static pair => pair.Key)))
            {
                context.Problems.Error(
                    map.Place,
                    "conflict",
                    context.Key($"examples[{index}]"),
                    "its keys differ from those of the first example",
                    "use the same keys"
                );
            }
        }
    }

    public static void Segments(CheckContext context)
    {
        if (context.Section.Whole("segment_overlap") >= context.Section.Whole("segment_length"))
        {
            context.Error("segment_overlap", "as long as a segment, or longer", "it has to be less than segment_length", "range");
        }
    }

    public static void Environments(CheckContext context)
    {
        var (environments, tools) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var all = context.Section.Sections("environments");
        for (var index = 0; index < all.Count; index++)
        {
            if (all[index].Text("id") is { Length: > 0 } id && !environments.Add(id))
            {
                context.Problems.Error(
                    all[index]["id"].Place,
                    "duplicate-id",
                    context.Key($"environments[{index}].id"),
                    $"{id} is used twice",
                    "give it another id"
                );
            }

            foreach (var (tool, node, place) in ToolIds(all[index]))
            {
                if (!tools.Add(tool))
                {
                    context.Problems.Error(
                        node.Place,
                        "duplicate-id",
                        context.Key($"environments[{index}].tools[{place}].id"),
                        $"{tool} is used twice",
                        "give it another id"
                    );
                }
            }
        }
    }

    public static void Environment(CheckContext context)
    {
        var environment = context.Section;
        if (environment["tools"] is ConfigList tools)
        {
            for (var index = 0; index < tools.Items.Count; index++)
            {
                var key = context.Key($"tools[{index}]");
                foreach (var field in (string[])["id", "name", "description"])
                {
                    if ((tools.Items[index] as ConfigMap)?.Find(field) is not ConfigScalar { Value: string { Length: > 0 } })
                    {
                        context.Problems.Error(tools.Items[index].Place, "missing", $"{key}.{field}", "a value is required", $"write {field}: and a text");
                    }
                }
            }
        }

        if (environment.OptionalSection("grounding") is { } grounding && grounding.Map("tools").Pairs.Count == 0 && grounding.Sections("state").Count == 0)
        {
            context.Warn("grounding", "neither tools nor state has an entry", "add one, or remove the section");
        }

        foreach (var pair in environment.OptionalSection("grounding")?.Map("tools").Pairs ?? [])
        {
            if (ToolIds(environment).All(tool => tool.Id != PythonText.Of(pair.Key)))
            {
                context.Problems.Warn(
                    pair.KeyPlace,
                    "reference",
                    context.Key($"grounding.tools.{PythonText.Of(pair.Key)}"),
                    "there is no tool of this id, so the entry is ignored",
                    "name a tool of the environment"
                );
            }
        }
    }

    public static void Grounding(CheckContext context)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var state in context.Section.Sections("state"))
        {
            if (state.Text("state_path") is { Length: > 0 } path && !seen.Add(path))
            {
                context.Problems.Error(state["state_path"].Place, "duplicate-id", context.Key("state"), $"{path} is used twice", "leave it once");
            }
        }
    }

    private static void Shots(CheckContext context)
    {
        if (context.Section.Whole("num_shots") > 1 && string.IsNullOrEmpty(context.Section.Text("id")))
        {
            context.Error("num_shots", "more than one needs an id", "write id:");
        }
    }

    private static IEnumerable<(string Id, ConfigNode Node, int Place)> ToolIds(ConfigSection environment)
    {
        var items = (environment["tools"] as ConfigList)?.Items ?? [];
        for (var index = 0; index < items.Count; index++)
        {
            if ((items[index] as ConfigMap)?.Find("id") is ConfigScalar { Value: string id } node)
            {
                yield return (id, node, index);
            }
        }
    }
}
