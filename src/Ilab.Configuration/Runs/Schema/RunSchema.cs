using System.Reflection;

namespace Ilab.Configuration.Runs.Schema;

/// <summary>The tables of all sections and fields, read once from Tables/.</summary>
public static class RunSchema
{
    private static readonly string[] TableNames = ["model", "runs", "train", "data", "distributed", "judge", "synth", "ilab"];

    private static readonly Lazy<Dictionary<string, ConfigClass>> AllClasses = new(ReadClasses);
    private static readonly Lazy<Dictionary<string, IReadOnlyList<ConfigChoice>>> AllChoices = new(ReadChoices);
    private static readonly Lazy<Dictionary<string, string>> AllAliases = new(ReadAliases);

    public static IReadOnlyCollection<ConfigClass> Classes => AllClasses.Value.Values;

    /// <summary>The tops of files, in the order in which a file is tried for them.</summary>
    public static IReadOnlyList<ConfigClass> Kinds { get; } = [.. Classes.Where(static item => item.Kind is not null)];

    /// <exception cref="KeyNotFoundException">No such class.</exception>
    public static ConfigClass Class(string name) => AllClasses.Value[name];

    public static ConfigClass? Kind(string kind) => Kinds.FirstOrDefault(item => item.Kind == kind);

    public static IReadOnlyList<ConfigChoice> Choices(string name) => AllChoices.Value[name];

    /// <summary>The field that other tools call by this name; null if the name is not known.</summary>
    public static string? Alias(string name) => AllAliases.Value.GetValueOrDefault(name.ToLowerInvariant().Replace('-', '_'));

    private static Dictionary<string, ConfigClass> ReadClasses()
    {
        var classes = new Dictionary<string, ConfigClass>(StringComparer.Ordinal);
        foreach (var table in TableNames)
        {
            (string Name, string? Kind)? head = null;
            var fields = new List<ConfigField>();
            foreach (var line in Lines(table + ".fields"))
            {
                if (line.StartsWith(' '))
                {
                    fields.Add(ConfigField.Read(line));
                    continue;
                }

                Add();
                head = line.Split(": ") is [var name, var kind] ? (name, kind) : (line, null);
            }

            Add();

            void Add()
            {
                if (head is { } done)
                {
                    classes.Add(done.Name, new ConfigClass(done.Name, done.Kind, [.. fields]));
                    fields.Clear();
                }
            }
        }

        return classes;
    }

    private static Dictionary<string, IReadOnlyList<ConfigChoice>> ReadChoices() =>
        Lines("choices.words")
            .Select(static line => line.Split(' '))
            .ToDictionary(
                static words => words[0],
                static words =>
                    (IReadOnlyList<ConfigChoice>)
                        [.. words.Skip(1).Select(static word => word.Split('=') is [var name, var value] ? new ConfigChoice(name, value) : new(word, word))],
                StringComparer.Ordinal
            );

    private static Dictionary<string, string> ReadAliases()
    {
        var aliases = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var words in Lines("aliases.words").Select(static line => line.Split(' ')))
        {
            foreach (var word in words.Skip(1))
            {
                aliases.Add(word, words[0]);
            }
        }

        return aliases;
    }

    private static IEnumerable<string> Lines(string table)
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream("Ilab.Configuration." + table)
            ?? throw new InvalidOperationException($"the table {table} is not part of the library");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                yield return line;
            }
        }
    }
}
