using System.Globalization;
using Ilab.Yaml;

namespace Ilab.Taxonomy.Schema;

/// <summary>Holds a document against a schema and tells everything that does not fit. What aliases repeat is looked at once where it fits.</summary>
internal sealed class SchemaValidator(FindingList findings)
{
    private const int MostCompared = 50;

    private readonly HashSet<(YamlNode, SchemaRule)> _fits = new();
    private readonly YamlIdentity _identity = new();

    public void Check(YamlNode node, SchemaRule rule, string place)
    {
        if (_fits.Contains((node, rule)) || findings.Omitted > FindingList.Most)
        {
            return;
        }

        var before = findings.Findings.Count + findings.Omitted;
        switch (rule)
        {
            case TextRule text:
                CheckText(node, text, place);
                break;
            case NumberRule number:
                CheckNumber(node, number, place);
                break;
            case ListRule list:
                CheckList(node, list, place);
                break;
            case MappingRule mapping:
                CheckMapping(node, mapping, place);
                break;
            default:
                throw new InvalidOperationException("a rule of a new kind");
        }

        if (before == findings.Findings.Count + findings.Omitted)
        {
            _fits.Add((node, rule));
        }
    }

    private void CheckText(YamlNode node, TextRule rule, string place)
    {
        if (node is not YamlScalar { Kind: YamlKind.Text } scalar)
        {
            var hint = node switch
            {
                YamlScalar { Kind: YamlKind.Null } => "write the text behind the colon",
                YamlScalar other => $"put it in quotes: \"{Short(other.Text)}\"",
                _ => "put the text in quotes, or behind a |",
            };
            findings.Error(node.Start, "type", place, $"{place} has to be text and is {NameOf(node)}", hint);
        }
        else if (scalar.Text.Length < rule.Least)
        {
            findings.Error(node.Start, "minLength", place, $"{place} is empty", "write the text");
        }
    }

    private void CheckNumber(YamlNode node, NumberRule rule, string place)
    {
        var scalar = node as YamlScalar;
        var isWhole =
            scalar is { Kind: YamlKind.Integer or YamlKind.Float } && scalar.Identity.AsSpan(2).TrimStart('-').ContainsAnyExceptInRange('0', '9') is false;
        if (!isWhole)
        {
            findings.Error(node.Start, "type", place, $"{place} has to be a whole number and is {NameOf(node)}", $"write {place}: {SchemaCatalog.Newest}");
        }

        if (!isWhole || scalar!.Identity != string.Create(CultureInfo.InvariantCulture, $"n:{rule.Value}"))
        {
            findings.Error(
                node.Start,
                "const",
                place,
                $"{place} has to be {rule.Value} here",
                $"write {place}: {SchemaCatalog.Newest}, and what that version asks for"
            );
        }
    }

    private void CheckList(YamlNode node, ListRule rule, string place)
    {
        if (node is not YamlSequence { Kind: YamlKind.Sequence } list)
        {
            findings.Error(node.Start, "type", place, $"{place} has to be a list and is {NameOf(node)}", "begin each entry with a dash");
            return;
        }

        if (list.Items.Count < rule.Least)
        {
            findings.Error(
                node.Start,
                "minItems",
                place,
                $"{place} holds {list.Items.Count} {rule.What}, at least {rule.Least} are needed",
                $"add {rule.Least - list.Items.Count} more"
            );
        }

        if (rule.IsUnique)
        {
            CheckUnique(list, place);
        }

        for (var index = 0; index < list.Items.Count; index++)
        {
            Check(list.Items[index], rule.Item, $"{place}[{index}]");
        }
    }

    private void CheckUnique(YamlSequence list, string place)
    {
        var seen = new Dictionary<UInt128, int>();
        for (var index = 0; index < list.Items.Count; index++)
        {
            if (!seen.TryAdd(_identity.Of(list.Items[index]), index))
            {
                findings.Error(
                    list.Items[index].Start,
                    "uniqueItems",
                    $"{place}[{index}]",
                    $"{place}[{index}] is the same as {place}[{seen[_identity.Of(list.Items[index])]}]",
                    "change or remove one of them"
                );
            }
        }
    }

    private void CheckMapping(YamlNode node, MappingRule rule, string place)
    {
        if (node is not YamlMapping { Kind: YamlKind.Mapping } mapping)
        {
            findings.Error(
                node.Start,
                "type",
                place,
                $"{place} has to be a mapping and is {NameOf(node)}",
                $"write {string.Join(" and ", rule.Properties.Where(static p => p.IsRequired).Take(2).Select(static p => p.Name + ":"))} below it"
            );
            return;
        }

        var inside = place.Length == 0 ? "" : place + ".";
        foreach (var property in rule.Properties.Where(property => property.IsRequired && mapping.Find(property.Name) is null))
        {
            var spelled =
                mapping.Entries.Count > MostCompared
                    ? null
                    : mapping
                        .Entries.Values.FirstOrDefault(entry =>
                            rule.Properties.All(known => known.Name != entry.Key.Text) && IsClose(entry.Key.Text, property.Name)
                        )
                        .Key;
            findings.Error(
                node.Start,
                "required",
                inside + property.Name,
                $"{(place.Length == 0 ? "the file" : place)} has no {property.Name}",
                spelled is null ? $"add {property.Name}" : $"rename {spelled.Text} to {property.Name}"
            );
        }

        foreach (var property in rule.Properties)
        {
            if (mapping.Find(property.Name) is { } value)
            {
                Check(value, property.Rule, inside + property.Name);
            }
        }

        if (!rule.IsOpen)
        {
            CheckUnknown(mapping, rule, place, inside);
        }
    }

    private void CheckUnknown(YamlMapping mapping, MappingRule rule, string place, string inside)
    {
        foreach (var (identity, (key, _)) in mapping.Entries)
        {
            if (findings.Omitted == 0 && !rule.Properties.Any(property => identity == YamlTyping.TextIdentity(property.Name)))
            {
                var meant = rule.Properties.FirstOrDefault(property => IsClose(key.Text, property.Name));
                findings.Error(
                    key.Start,
                    "unevaluatedProperties",
                    inside + key.Text,
                    $"{(place.Length == 0 ? "the file" : place)} must not have {Short(key.Text)}",
                    meant is null ? $"remove it; allowed are {string.Join(", ", rule.Properties.Select(static p => p.Name))}" : $"did you mean {meant.Name}?"
                );
            }
        }
    }

    private static string NameOf(YamlNode node) =>
        node.Kind switch
        {
            YamlKind.Null => "empty",
            YamlKind.Boolean => "a truth value",
            YamlKind.Integer or YamlKind.Float => "a number",
            YamlKind.Text => "text",
            YamlKind.Date => "a date",
            YamlKind.Sequence => "a list",
            YamlKind.Mapping => "a mapping",
            _ => "something else",
        };

    private static string Short(string text) => text.Length <= 40 ? text.ReplaceLineEndings(" ") : text[..37].ReplaceLineEndings(" ") + "...";

    /// <summary>Same letters in another case, or two slips of the pen.</summary>
    private static bool IsClose(string written, string meant)
    {
        if (Math.Abs(written.Length - meant.Length) > 2)
        {
            return false;
        }

        if (string.Equals(written.Replace('-', '_'), meant, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var row = Enumerable.Range(0, meant.Length + 1).ToArray();
        for (var i = 1; i <= written.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= meant.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (written[i - 1] == meant[j - 1] ? 0 : 1)));
            }
        }

        return row[meant.Length] <= 2;
    }
}
