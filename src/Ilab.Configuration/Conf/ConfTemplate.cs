using System.Text;
using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Conf;

/// <summary>A new ilab.conf: every setting with its meaning and its default, commented out.</summary>
public static class ConfTemplate
{
    private const int Width = 100;

    public static string Write()
    {
        var text = new StringBuilder();
        Comment(
            text,
            "",
            "Settings of ilab, and of the ilabd that it starts. A line that begins with '#' and a key is a default: remove the '#' to change it. "
                + "Options of the command line and ILAB_* variables take precedence; 'ilab config show' says which value comes "
                + "from where, and 'ilab config edit' "
                + "checks a file before it is saved."
        );
        foreach (var (section, meaning) in SettingTable.Sections)
        {
            text.Append('\n');
            Comment(text, "", meaning);
            text.Append(section).Append(":\n");
            foreach (var setting in SettingTable.Matching(section))
            {
                Comment(text, "  ", Describe(setting));
                text.Append("  #").Append(setting.Name).Append(':').Append(setting.Default.Length > 0 ? " " + Scalar(setting.Default) : "").Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>A text as a value of YAML: in quotes where it would otherwise mean something else.</summary>
    public static string Scalar(string text) =>
        text.Length > 0
        && !char.IsWhiteSpace(text[0])
        && !char.IsWhiteSpace(text[^1])
        && !"!&*?|>@`\"'%#,[]{}~-".Contains(text[0], StringComparison.Ordinal)
        && !text.Contains(": ", StringComparison.Ordinal)
        && !text.Contains(" #", StringComparison.Ordinal)
        && !text.EndsWith(':')
        && !text.Any(char.IsControl)
        && text is not ("null" or "Null" or "NULL")
            ? text
            : $"\"{string.Concat(text.Select(Escaped))}\"";

    private static string Escaped(char c) =>
        c switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\t' => "\\t",
            _ when char.IsControl(c) => $"\\u{(int)c:x4}",
            _ => c.ToString(),
        };

    private static string Describe(Setting setting)
    {
        var meaning = char.ToUpperInvariant(setting.Meaning[0]) + setting.Meaning[1..];
        var allowed = setting.Type.Range.Length > 0 ? $" ({setting.Type.Range}{(setting.Type.Unit.Length > 0 ? " " + setting.Type.Unit : "")})" : "";
        return meaning + allowed + (setting.DefaultInWords.Length > 0 ? $" [default: {setting.DefaultInWords}]" : "");
    }

    private static void Comment(StringBuilder text, string indent, string words)
    {
        var line = new StringBuilder();
        foreach (var word in words.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Width - indent.Length)
            {
                text.Append(indent).Append("# ").Append(line).Append('\n');
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        text.Append(indent).Append("# ").Append(line).Append('\n');
    }
}
