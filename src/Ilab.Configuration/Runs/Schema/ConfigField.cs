namespace Ilab.Configuration.Runs.Schema;

/// <summary>One field of a section.</summary>
/// <param name="Default">As YAML; null for a section, whose default is its own defaults.</param>
/// <param name="IsRequired">No default: the file has to say it.</param>
/// <param name="IsOwn">Known to ilab only; a file is valid for others without it.</param>
public sealed record ConfigField(
    string Name,
    FieldType Type,
    bool IsRequired,
    string? Default,
    IReadOnlyList<FieldRule> Rules,
    FieldUse Use,
    bool IsOwn,
    bool IsNew
)
{
    public FieldRule? Rule(string name) => Rules.FirstOrDefault(rule => rule.Name == name);

    internal static ConfigField Read(string line)
    {
        var parts = line.Split(" | ");
        var (head, value) = Divide(parts[0].Trim(), " = ");
        var words = head.Split(' ');
        var rules = new List<FieldRule>();
        var (use, own, isNew) = (FieldUse.Honoured, false, false);
        foreach (var part in parts[1..])
        {
            switch (part.Split(' '))
            {
                case ["use", var word]:
                    use = word switch
                    {
                        "translate" => FieldUse.Translated,
                        "warn" => FieldUse.Ignored,
                        "info" => FieldUse.Irrelevant,
                        _ => FieldUse.Refused,
                    };
                    break;
                case ["own"]:
                    own = true;
                    break;
                case ["since", ..]:
                    isNew = true;
                    break;
                default:
                    rules.Add(FieldRule.Read(part));
                    break;
            }
        }

        return new ConfigField(words[0], FieldType.Read(words[1]), words.Length > 2, value, rules, use, own, isNew);
    }

    private static (string Head, string? Value) Divide(string text, string mark)
    {
        var at = text.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + mark.Length)..]);
    }
}
