using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>Says what stands in a place, what should, and what was probably meant.</summary>
internal static class TypeErrors
{
    public static void Report(FieldType type, RawNode raw, string path, string defaultText, ProblemList problems)
    {
        if (raw is RawScalar { Value: string word } && type.Shape == FieldShape.Choice)
        {
            Choice(type, raw, word, path, problems);
            return;
        }

        if (raw is RawScalar { Value: null })
        {
            var instead = defaultText.Length > 0 ? $"write {type.Description}, or remove the line: then {defaultText} is used" : $"write {type.Description}";
            problems.Error(raw.Place, "null", path, "a value is required here, and null is none", instead);
            return;
        }

        problems.Error(raw.Place, "type", path, $"{Found(raw)} where {type.Description} belongs", Hint(type, raw));
    }

    private static void Choice(FieldType type, RawNode raw, string word, string path, ProblemList problems)
    {
        var choices = RunSchema.Choices(type.Name);
        var meant =
            choices.FirstOrDefault(choice => choice.Value == word || string.Equals(choice.Name, word, StringComparison.OrdinalIgnoreCase))?.Name
            ?? (problems.IsFull ? null : Spelling.Nearest(word, choices.Select(static choice => choice.Name)));
        var all = string.Join(", ", choices.Select(static choice => choice.Name));
        problems.Error(
            raw.Place,
            "choice",
            path,
            $"\"{Short(word)}\" is none of {all}",
            meant is null ? "write one of these names" : $"did you mean {meant}?",
            meant ?? ""
        );
    }

    private static string Found(RawNode raw) =>
        raw switch
        {
            RawList => "a list",
            RawMap => "a mapping",
            RawScalar { Value: bool flag } => flag ? "true" : "false",
            RawScalar { Value: string text } => $"the text \"{Short(text)}\"",
            RawScalar { Value: { } number } => $"the number {PythonText.Of(number)}",
            _ => "nothing",
        };

    private static string Hint(FieldType type, RawNode raw) =>
        (type.Shape, raw) switch
        {
            (FieldShape.List, RawMap) => "put '- ' in front of its first key, and indent the others alike",
            (FieldShape.List, RawScalar) => "write it in brackets: [value]",
            (FieldShape.Section or FieldShape.Map, _) => "write its keys below it, indented by two spaces",
            (FieldShape.Int, RawScalar { Value: double value }) when value == Math.Floor(value) && Math.Abs(value) < 1e15 => $"write {value:0}",
            (FieldShape.Int or FieldShape.Float or FieldShape.Union, RawScalar { Value: bool }) => "write a number",
            (FieldShape.Int or FieldShape.Float, RawScalar { Value: string text }) => NumberHints.Find(text, type.Shape == FieldShape.Int),
            (FieldShape.Bool, _) => "write true or false",
            (FieldShape.Text, RawList or RawMap) => "write one text; brackets and braces of a text go in quotes",
            (_, RawList { Items.Count: 1 }) => "remove the brackets",
            _ => "",
        };

    private static string Short(string text) => text.Length <= 60 ? text : text[..57] + "...";
}
