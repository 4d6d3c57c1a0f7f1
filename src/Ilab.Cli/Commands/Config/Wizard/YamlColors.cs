namespace Ilab.Cli.Commands.Config.Wizard;

/// <summary>A line of YAML in colours: comments, keys, and what is neither a number nor a switch.</summary>
internal static class YamlColors
{
    private const string Comment = "\x1b[2m",
        Key = "\x1b[36m",
        Text = "\x1b[32m",
        Number = "\x1b[33m",
        Plain = "\x1b[0m";

    public static string Of(string line)
    {
        var content = line.TrimStart(' ');
        if (content.StartsWith('#'))
        {
            return Comment + line + Plain;
        }

        var margin = line[..^content.Length];
        var dash = content.StartsWith("- ", StringComparison.Ordinal) ? "- " : "";
        content = content[dash.Length..];
        var colon = content.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 || (colon + 1 < content.Length && content[colon + 1] != ' ')
            ? margin + dash + Value(content)
            : $"{margin}{dash}{Key}{content[..colon]}{Plain}:{Value(content[(colon + 1)..])}";
    }

    private static string Value(string text)
    {
        var word = text.Trim();
        return word.Length == 0 ? text
            : word is "true" or "false" or "null" || char.IsAsciiDigit(word[0]) || word[0] == '-' ? Number + text + Plain
            : Text + text + Plain;
    }
}
