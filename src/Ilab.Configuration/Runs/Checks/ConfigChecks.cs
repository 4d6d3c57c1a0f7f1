using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Reading;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Everything that can be said of a config besides its keys and types.</summary>
internal static class ConfigChecks
{
    /// <param name="withAdvice">Also what is correct and worth a second look.</param>
    public static void Run(ConfigSection top, ProblemList problems, bool withAdvice)
    {
        Visit(top, "", top, problems, withAdvice);
        if (withAdvice)
        {
            ElsewhereAdvice.Check(top, problems);
        }
    }

    private static void Visit(ConfigSection section, string path, ConfigSection top, ProblemList problems, bool withAdvice)
    {
        problems.Cancellation.ThrowIfCancellationRequested();
        foreach (var field in section.Class.Fields)
        {
            var value = section[field.Name];
            var below = KeyPath.Below(path, field.Name);
            if (section.IsWritten(field.Name))
            {
                FieldChecks.Check(field, value, below, problems);
                if (withAdvice)
                {
                    WritingAdvice.Check(section, field, value, below, problems);
                    TextAdvice.Check(section, field, value, below, problems);
                }
            }

            Below(value, below, top, problems, withAdvice);
        }

        ClassChecks.Run(new CheckContext(section, path, top, problems), withAdvice);
    }

    private static void Below(ConfigNode node, string path, ConfigSection top, ProblemList problems, bool withAdvice)
    {
        switch (node)
        {
            case ConfigSection section:
                Visit(section, path, top, problems, withAdvice);
                break;
            case ConfigList list:
                for (var index = 0; index < list.Items.Count; index++)
                {
                    Below(list.Items[index], KeyPath.Item(path, index), top, problems, withAdvice);
                }

                break;
            case ConfigMap map:
                foreach (var pair in map.Pairs)
                {
                    Below(pair.Value, KeyPath.Below(path, PythonText.Of(pair.Key)), top, problems, withAdvice);
                }

                break;
            default:
                break;
        }
    }
}

/// <summary>A section that is checked, and the words to report with.</summary>
internal sealed record CheckContext(ConfigSection Section, string Path, ConfigSection Top, ProblemList Problems)
{
    public string Key(string field) =>
        Path.Length == 0 ? field
        : field.Length == 0 ? Path
        : $"{Path}.{field}";

    /// <summary>Where to look: the value when it is written, else where the section begins.</summary>
    public ConfigPlace Place(string field) => Section.At(field) is { Place.IsWritten: true } node ? node.Place : Section.KeyPlace(field.Split('.')[0]);

    /// <summary>The line of a character of a text; that of the text itself when the file has it in other lines.</summary>
    public ConfigPlace Place(string field, int index) =>
        Section.At(field) is ConfigScalar { Value: string text, Written.IsBlock: true, Place: { Line: > 0 } place }
            ? new ConfigPlace(place.Line + 1 + text.AsSpan(0, index).Count('\n'), 1)
            : Place(field);

    public void Error(string field, string message, string fix, string rule = "conflict") => Problems.Error(Place(field), rule, Key(field), message, fix);

    public void Warn(string field, string message, string fix, string rule = "conflict") => Problems.Warn(Place(field), rule, Key(field), message, fix);

    public void Note(string field, string message, string fix, string rule = "conflict") => Problems.Note(Place(field), rule, Key(field), message, fix);
}
