using Ilab.Configuration.Runs.Problems;
using Ilab.Posix.Files;
using Ilab.Yaml;

namespace Ilab.Configuration.Settings;

/// <summary>
/// Reads ilab.conf: YAML of two levels, sections and keys, with values that are texts or lists of texts. What a value means is said by the table of settings,
/// not by YAML: <c>no</c> and <c>010</c> are the texts that they are. All problems are collected.
/// </summary>
/// <param name="table">The settings that there are.</param>
/// <param name="ignoresOthers">Whether sections that are not in the table are none of the reader's business.</param>
public sealed class ConfReader(IReadOnlyList<Setting> table, bool ignoresOthers = false)
{
    /// <summary>Bytes; a file of settings has a thousandth of it.</summary>
    public const int LargestFile = 1 << 20;

    /// <summary>Reads a file. A file that does not exist is empty.</summary>
    public ConfFile Read(string path) =>
        Bytes(path, out var problem) is { } bytes ? Read(path, bytes)
        : problem is null ? new ConfFile(path, [], [])
        : Failed(path, problem);

    /// <returns>Null = there is no such file, or it cannot be read: then the problem says why.</returns>
    internal static byte[]? Bytes(string path, out ConfProblem? problem)
    {
        problem = null;
        try
        {
            if (Directory.Exists(path))
            {
                problem = new ConfProblem(path, 0, 0, "is a directory, not a file", "remove it or name another file");
                return null;
            }

            if (!File.Exists(path))
            {
                return null;
            }

            // A pipe would wait for its writer, and a device has no end.
            if (!FileKind.IsRegular(path))
            {
                problem = new ConfProblem(path, 0, 0, "is not a regular file", "name a file");
                return null;
            }

            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
            if (file.Length > LargestFile)
            {
                problem = TooLarge(path);
                return null;
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (UnauthorizedAccessException)
        {
            problem = new ConfProblem(path, 0, 0, ConfProblem.Denied, $"you need read access as user {Environment.UserName}");
        }
        catch (IOException exception)
        {
            problem = new ConfProblem(path, 0, 0, $"cannot be read: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}");
        }

        return null;
    }

    /// <summary>Reads a text that is, or is to be, in a file.</summary>
    public ConfFile Read(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LargestFile)
        {
            return Failed(path, TooLarge(path));
        }

        var text = "";
        try
        {
            text = YamlText.Decode(bytes);
            text = text.StartsWith('\ufeff') ? text[1..] : text;
            YamlText.RequirePrintable(text);
            var scanner = new YamlScanner(text);
            var root = new YamlParser(scanner).Parse();
            var shorthand = scanner.Tokens.Find(static token =>
                token.Kind is YamlTokenKind.Anchor or YamlTokenKind.Alias or YamlTokenKind.Tag or YamlTokenKind.Directive
            );
            return shorthand is not null
                ? Failed(path, At(path, shorthand.Start, "anchors, aliases and tags are not used here", "write the value out, or put the text in quotes"))
                : new Pass(path, table, ignoresOthers).Run(root);
        }
        catch (YamlException exception)
        {
            return TabIndent(text) is (> 0, _) tab && tab.Line <= exception.Mark.Line + 1
                ? Failed(path, new ConfProblem(path, tab.Line, tab.Column, "a tab stands where only spaces may", "indent with spaces"))
                : Failed(path, At(path, exception.Mark, exception.Message, exception.Fix));
        }
    }

    private static ConfFile Failed(string path, ConfProblem problem) => new(path, [], [problem]);

    private static ConfProblem TooLarge(string path) => new(path, 0, 0, $"larger than {LargestFile >> 20} MiB: not a file of settings", "move it away");

    private static ConfProblem At(string path, YamlMark mark, string message, string fix = "") => new(path, mark.Line + 1, mark.Column + 1, message, fix);

    /// <summary>The first tab before the text of a line, if the line is not blank or a comment.</summary>
    private static (int Line, int Column) TabIndent(string text)
    {
        foreach (var (index, line) in text.Split('\n').Index())
        {
            var content = line.AsSpan().TrimStart(" \t");
            var tab = line.AsSpan(0, line.Length - content.Length).IndexOf('\t');
            if (tab >= 0 && content.Length > 0 && content[0] != '#')
            {
                return (index + 1, tab + 1);
            }
        }

        return (0, 0);
    }

    private sealed class Pass(string path, IReadOnlyList<Setting> table, bool ignoresOthers)
    {
        private readonly List<ConfEntry> _entries = [];
        private readonly List<ConfProblem> _problems = [];

        public ConfFile Run(YamlNode? root)
        {
            switch (root)
            {
                case null or YamlScalar { IsPlain: true, Text: "" or "~" or "null" }:
                    break;
                case YamlMapping sections:
                    Sections(sections);
                    break;
                default:
                    Problem(root.Start, "settings are sections of keys and values", "write 'section:' and below it, indented, 'key: value'");
                    break;
            }

            return new ConfFile(path, _entries, _problems);
        }

        private void Sections(YamlMapping root)
        {
            var known = table.Select(static setting => setting.Section).Distinct().ToList();
            foreach (var (name, value, place) in Keys(root, "section"))
            {
                if (!known.Contains(name))
                {
                    if (ignoresOthers)
                    {
                        continue;
                    }

                    var homes = table.Where(setting => setting.Name == name).Select(static setting => setting.Section).Distinct().ToList();
                    Problem(
                        place,
                        $"unknown section \"{name}\"",
                        homes.Count > 0 ? $"{name} is a key of the section {string.Join(" or ", homes)}" : Suggest(known, name, "sections"),
                        homes.FirstOrDefault() ?? Spelling.Nearest(name, known) ?? name
                    );
                }
                else if (value is YamlMapping keys)
                {
                    Section(name, keys);
                }
                else if (!IsNull(value))
                {
                    Problem(value.Start, $"the section {name} has keys, not a value", "write each key on a line of its own, indented", name);
                }
            }
        }

        private void Section(string section, YamlMapping keys)
        {
            var known = table.Where(setting => setting.Section == section).ToList();
            foreach (var (name, value, place) in Keys(keys, "key"))
            {
                if (known.Find(candidate => candidate.Name == name) is not { } setting)
                {
                    var others = table.Where(other => other.Name == name).Select(static other => other.Section).ToList();
                    Problem(
                        place,
                        $"unknown key \"{name}\" in the section {section}",
                        others.Count > 0
                            ? $"it belongs to the section {string.Join(" or ", others)}"
                            : Suggest(known.Select(static candidate => candidate.Name), name, "keys"),
                        others.FirstOrDefault() ?? section
                    );
                }
                else if (!IsNull(value))
                {
                    Value(setting, value, place, keys);
                }
            }
        }

        private void Value(Setting setting, YamlNode value, YamlMark place, YamlMapping keys)
        {
            List<string> texts;
            switch (value)
            {
                case YamlScalar scalar:
                    texts = setting.Type.IsList ? [.. Values.List(scalar.Text)] : [setting.Type.IsPath ? AtHome(scalar.Text) : scalar.Text];
                    break;
                case YamlSequence sequence when setting.Type.IsList && sequence.Items.TrueForAll(static item => item is YamlScalar):
                    texts = [.. sequence.Items.Cast<YamlScalar>().Select(static item => item.Text)];
                    break;
                default:
                    var expected = setting.Type.IsList ? "a text or a list of texts" : "one value";
                    Problem(
                        value.Start,
                        $"{setting.Key}: expected {expected}",
                        setting.Type.Range.Length > 0 ? $"allowed: {setting.Type.Range}" : "",
                        setting.Section
                    );
                    return;
            }

            foreach (var text in texts)
            {
                try
                {
                    setting.Type.Check(text);
                }
                catch (FormatException exception)
                {
                    Problem(value.Start, $"{setting.Key}: {exception.Message}", "", setting.Section);
                    return;
                }
            }

            var entry = new ConfEntry(setting.Section, setting.Name, texts, place.Line + 1, place.Column + 1)
            {
                IsList = value is YamlSequence,
                ValuePlace = (value.Start.Line + 1, value.Start.Column + 1),
                IsInFlow = keys.Pairs.Exists(pair => pair.Key.Start.Line == place.Line && pair.Key.Start != place),
            };
            _entries.Add(entry);
        }

        /// <summary>The keys of a mapping; what is none, or there twice, is a problem.</summary>
        private IEnumerable<(string Name, YamlNode Value, YamlMark Place)> Keys(YamlMapping mapping, string kind)
        {
            var seen = new Dictionary<string, YamlMark>(StringComparer.Ordinal);
            foreach (var (key, value) in mapping.Pairs)
            {
                if (key is not YamlScalar { Text: var name })
                {
                    Problem(key.Start, $"a {kind} is a word", "write 'word:'");
                }
                else if (!seen.TryAdd(name, key.Start))
                {
                    Problem(key.Start, $"the {kind} \"{name}\" is already there in line {seen[name].Line + 1}", "keep one of them");
                }
                else
                {
                    yield return (name, value, key.Start);
                }
            }
        }

        private void Problem(YamlMark mark, string message, string fix, string section = "") =>
            _problems.Add(At(path, mark, message, fix) with { Section = section });

        private static string AtHome(string text) =>
            text.StartsWith("~/", StringComparison.Ordinal) && Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home
                ? System.IO.Path.Combine(home, text[2..])
                : text;

        private static bool IsNull(YamlNode value) => value is YamlScalar { IsPlain: true, Text: "" or "~" or "null" or "Null" or "NULL" };

        private static string Suggest(IEnumerable<string> known, string name, string what)
        {
            var names = known.ToList();
            return Spelling.Nearest(name, names) is { } meant ? $"did you mean {meant}?" : $"{what}: {string.Join(", ", names)}";
        }
    }
}
