using Ilab.Configuration.Settings;
using Ilab.Yaml;

namespace Ilab.Configuration.Conf;

/// <summary>Changes of a file by position: comments, order and everything else stay as they are.</summary>
public static class ConfEdit
{
    /// <summary>The text without the lines of a key.</summary>
    /// <param name="text">A valid file.</param>
    /// <param name="file">What was read from the text.</param>
    /// <param name="key">As <c>section.name</c>.</param>
    /// <returns>Null when the key shares its lines with others, so that no line can go.</returns>
    public static string? Remove(string text, ConfFile file, string key)
    {
        var entry = file.Entries.FirstOrDefault(candidate => $"{candidate.Section}.{candidate.Name}" == key);
        if (entry is null || entry.IsInFlow)
        {
            return null;
        }

        var lines = Lines(text);
        var first = entry.Line - 1;
        if (lines[first].AsSpan(0, entry.Column - 1).TrimStart(" \ufeff").Length > 0)
        {
            return null; // section: {key: value}
        }

        var last = first;
        for (var index = first + 1; index < lines.Count && IsPartOf(lines[index], entry); index++)
        {
            last = lines[index].Trim().Length > 0 ? index : last;
        }

        lines.RemoveRange(first, last - first + 1);
        var made = string.Concat(lines);

        // Whatever the lines look like: what is left must be what it was before.
        var left = new ConfReader(SettingTable.All).Read(file.Path, System.Text.Encoding.UTF8.GetBytes(made));
        var expected = file.Entries.Where(other => other != entry).Select(Meaning);
        return left.Problems.Count == 0 && left.Entries.Select(Meaning).SequenceEqual(expected) ? made : null;
    }

    /// <summary>With their ends, which are those that YAML knows, so that places in the file and here are the same.</summary>
    private static List<string> Lines(string text)
    {
        var lines = new List<string>();
        for (var (start, at) = (0, 0); start < text.Length; at++)
        {
            var isEnd = at == text.Length || (YamlText.IsBreak(text[at]) && !(text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n'));
            if (isEnd)
            {
                lines.Add(text[start..Math.Min(at + 1, text.Length)]);
                start = at + 1;
            }
        }

        return lines;
    }

    /// <summary>A continuation of the value: deeper than the key, or an item of a list that begins in its column.</summary>
    private static bool IsPartOf(string line, ConfEntry entry)
    {
        var content = line.TrimStart(' ');
        var column = line.Length - content.Length + 1;
        return content.TrimEnd().Length == 0 || column > entry.Column || (column == entry.Column && entry.IsList && content.StartsWith('-'));
    }

    private static string Meaning(ConfEntry entry) => $"{entry.Section}.{entry.Name}={string.Join('\0', entry.Values)}";
}
