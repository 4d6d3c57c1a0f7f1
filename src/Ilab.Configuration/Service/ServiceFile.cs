using Ilab.Configuration.Settings;
using Ilab.Yaml;

namespace Ilab.Configuration.Service;

/// <summary>Reads ilabd.conf: lines of <c>name = value</c>, with comments after <c>#</c>. What the values mean is checked by whoever uses them.</summary>
public static class ServiceFile
{
    /// <summary>A file that does not exist is empty.</summary>
    public static ConfFile Read(string path)
    {
        if (ConfReader.Bytes(path, out var unread) is not { } bytes)
        {
            // A user cannot mend a file of the machine: whose own it is decides what becomes of the warning.
            return new ConfFile(path, [], unread is null ? [] : [unread with { IsWarning = unread.Message == ConfProblem.Denied }]);
        }

        string[] lines;
        try
        {
            lines = YamlText.Decode(bytes).TrimStart('\ufeff').Split('\n');
        }
        catch (YamlException exception)
        {
            return new ConfFile(path, [], [new ConfProblem(path, exception.Mark.Line + 1, exception.Mark.Column + 1, exception.Message, exception.Fix)]);
        }

        var (entries, problems) = (new List<ConfEntry>(), new List<ConfProblem>());
        foreach (var (index, line) in lines.Index())
        {
            var text = line.Split('#')[0].Trim();
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (text.Length == 0)
            {
                continue;
            }

            var name = equals > 0 ? text[..equals].Trim() : text;
            if (equals <= 0 || ServiceSettings.All.All(setting => setting.Name != name))
            {
                problems.Add(new ConfProblem(path, index + 1, 0, equals <= 0 ? "expected name = value" : $"unknown setting {name}"));
                continue;
            }

            entries.Add(new ConfEntry(ServiceSetting.SectionName, name, [text[(equals + 1)..].Trim()], index + 1, 1));
        }

        return new ConfFile(path, entries, problems);
    }
}
