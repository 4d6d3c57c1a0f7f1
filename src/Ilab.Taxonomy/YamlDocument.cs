using Ilab.Yaml;

namespace Ilab.Taxonomy;

/// <summary>A text, its tokens and what they mean.</summary>
/// <param name="Root">Null when there is nothing but blanks and comments.</param>
public sealed record YamlDocument(string Text, IReadOnlyList<YamlToken> Tokens, YamlNode? Root)
{
    /// <exception cref="YamlException">Not a single document of well-formed YAML 1.1.</exception>
    public static YamlDocument Read(ReadOnlySpan<byte> bytes) => Read(YamlText.Decode(bytes));

    /// <exception cref="YamlException">As above.</exception>
    public static YamlDocument Read(string text)
    {
        YamlText.RequirePrintable(text);
        var scanner = new YamlScanner(text);
        var root = new YamlParser(scanner).Parse();
        if (root is not null)
        {
            YamlConstructor.Construct(root);
        }

        return new YamlDocument(text, scanner.Tokens, root);
    }
}
