using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>The tags of YAML itself.</summary>
internal static class YamlTags
{
    public const string Prefix = "tag:yaml.org,2002:";

    /// <summary>What a tag makes of a text; null when it cannot.</summary>
    public static (object? Value, bool _)? Read(string tag, string text)
    {
        var kind = PlainWord.Read(text, out var value);
        return tag switch
        {
            Prefix + "str" => (text, true),
            Prefix + "null" => (null, true),
            Prefix + "int" when PlainWord.Integer(text) is { } whole => (whole, true),
            Prefix + "float" when kind == PlainKind.Float => (value, true),
            Prefix + "float" when PythonText.Number(text) is { } number => (number, true),
            Prefix + "bool" when kind == PlainKind.Bool => (value, true),
            _ => null,
        };
    }

    /// <summary>A tag as files write it.</summary>
    public static string Name(string tag) => tag.StartsWith(Prefix, StringComparison.Ordinal) ? "!!" + tag[Prefix.Length..] : tag;
}
