using System.Text.Json;
using System.Text.RegularExpressions;
using Ilab.Yaml;

namespace Ilab.Testing;

/// <summary>
/// Checks files against classes of fields: what Oumi says of itself, or as much of it as a test writes down. It reads YAML as nodes and knows nothing of the
/// library that wrote them.
/// </summary>
public sealed partial class OumiSchema
{
    private readonly JsonElement _classes;
    private readonly JsonElement _enums;

    private OumiSchema(JsonElement root) => (_classes, _enums) = (root.GetProperty("classes"), root.GetProperty("enums"));

    /// <summary>Oumi's own; null where it is not beside the checkout.</summary>
    public static OumiSchema? Whole { get; } =
        TestPaths.Shared is { } shared && Path.Combine(shared, "reference", "oumi", "schema.json") is var path && File.Exists(path)
            ? Read(File.ReadAllText(path))
            : null;

    /// <param name="json">As <c>schema.json</c>: <c>classes</c> with their <c>fields</c>, and <c>enums</c>.</param>
    public static OumiSchema Read(string json) => new(JsonDocument.Parse(json).RootElement);

    /// <param name="text">A file.</param>
    /// <param name="kind">Such as <c>train</c>.</param>
    /// <param name="without">A section of the top that others leave out.</param>
    /// <returns>What the class of the kind does not have, or has otherwise; one line each.</returns>
    public IReadOnlyList<string> Problems(string text, string kind, string without)
    {
        var problems = new List<string>();
        var top = _classes.EnumerateObject().Single(item => item.Value.TryGetProperty("kind", out var own) && own.GetString() == kind);
        if (new YamlParser(new YamlScanner(text)).Parse() is YamlMapping mapping)
        {
            Class(top.Value, mapping, "", without, problems);
        }
        else
        {
            problems.Add("the top is no mapping");
        }

        return problems;
    }

    private void Class(JsonElement type, YamlMapping mapping, string path, string without, List<string> problems)
    {
        var fields = type.GetProperty("fields").EnumerateArray().ToDictionary(static field => field.GetProperty("name").GetString()!, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in mapping.Pairs)
        {
            var name = key is YamlScalar scalar ? scalar.Text : "?";
            if (path.Length == 0 && name == without)
            {
                continue;
            }

            var place = path.Length == 0 ? name : $"{path}.{name}";
            if (!seen.Add(name))
            {
                problems.Add($"{place}: twice");
            }
            else if (!fields.TryGetValue(name, out var field))
            {
                problems.Add($"{place}: unknown");
            }
            else
            {
                Value(Type(field), value, place, problems);
            }
        }

        foreach (var (name, field) in fields.Where(field => field.Value.TryGetProperty("required", out var required) && required.GetBoolean()))
        {
            if (!seen.Contains(name))
            {
                problems.Add($"{(path.Length == 0 ? name : $"{path}.{name}")}: missing");
            }
        }
    }

    private static string Type(JsonElement field) => field.GetProperty("type").GetString()!;

    private void Value(string type, YamlNode node, string path, List<string> problems)
    {
        if (type.Split(" | ") is { Length: > 1 } ways && !type.Contains('['))
        {
            Any(ways, node, path, problems);
            return;
        }

        if (Generic().Match(type) is { Success: true } generic)
        {
            Container(generic, node, path, problems);
        }
        else if (_classes.TryGetProperty(type, out var inner))
        {
            if (node is YamlMapping mapping)
            {
                Class(inner, mapping, path, "", problems);
            }
            else
            {
                problems.Add($"{path}: not a section");
            }
        }
        else if (!IsA(type, node))
        {
            problems.Add($"{path}: {(node as YamlScalar)?.Text ?? "a collection"} is no {type}");
        }
    }

    private void Any(string[] ways, YamlNode node, string path, List<string> problems)
    {
        var least = ways.Select(way =>
            {
                var own = new List<string>();
                Value(way, node, path, own);
                return own;
            })
            .MinBy(static own => own.Count)!;
        problems.AddRange(least);
    }

    private void Container(Match generic, YamlNode node, string path, List<string> problems)
    {
        var inner = generic.Groups["inner"].Value;
        switch (generic.Groups["name"].Value, node)
        {
            case (_, YamlScalar { IsPlain: true } scalar) when generic.Groups["null"].Success && YamlTyping.NameOf(scalar.Text) == "null":
                break;
            case ("list", YamlSequence list):
                foreach (var (index, item) in list.Items.Index())
                {
                    Value(inner, item, $"{path}[{index}]", problems);
                }

                break;
            case ("dict", YamlMapping map):
                foreach (var (key, value) in map.Pairs)
                {
                    Value(inner.Split(", ")[^1], value, $"{path}.{(key as YamlScalar)?.Text}", problems);
                }

                break;
            default:
                problems.Add($"{path}: not a {generic.Groups["name"].Value}");
                break;
        }
    }

    private bool IsA(string type, YamlNode node)
    {
        if (type is "any")
        {
            return true;
        }

        if (node is not YamlScalar scalar)
        {
            return type is "dict" && node is YamlMapping;
        }

        if (_enums.TryGetProperty(type, out var choices))
        {
            return choices.GetProperty("members").EnumerateArray().Any(member => member.GetProperty("name").GetString() == scalar.Text);
        }

        // The loader takes 1e-4 for a number, which YAML 1.1 does not.
        var written =
            !scalar.IsPlain ? "str"
            : Exponent().IsMatch(scalar.Text) ? "float"
            : YamlTyping.NameOf(scalar.Text);
        return type switch
        {
            "null" => written == "null",
            "bool" => written == "bool",
            "int" => written == "int",
            "float" => written is "int" or "float",
            "str" or "Path" => written is not "null",
            _ => throw new InvalidOperationException($"a type of the schema that is not known: {type}"),
        };
    }

    [GeneratedRegex(@"^(?<name>list|dict)\[(?<inner>.*)\](?<null> \| null)?$")]
    private static partial Regex Generic();

    [GeneratedRegex(@"^[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+$")]
    private static partial Regex Exponent();
}
