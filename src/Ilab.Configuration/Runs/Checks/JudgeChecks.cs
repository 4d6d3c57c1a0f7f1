using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Judges, by a model or by a rule.</summary>
internal static class JudgeChecks
{
    public static void Params(CheckContext context)
    {
        Scores(context);
        var judge = context.Section;
        var declared = judge.Texts("prompt_template_placeholders");
        if (declared.Count == 0 || judge.Text("prompt_template") is not { } template)
        {
            return;
        }

        if (Placeholders.Names(template, Variables(judge)) is not { } found)
        {
            context.Error("prompt_template", "its braces do not match", "write {{ and }} for braces that are text");
        }
        else if (!found.SetEquals(declared))
        {
            var extra = declared.Except(found).ToList();
            var missing = found.Except(declared).ToList();
            context.Error(
                "prompt_template_placeholders",
                extra.Count > 0 ? $"prompt_template does not contain {Braces(extra)}" : $"prompt_template also contains {Braces(missing)}",
                "list exactly the names in braces"
            );
        }
    }

    /// <summary>The values that are filled in before a record is judged.</summary>
    public static Dictionary<string, string> Variables(ConfigSection judge) =>
        judge
            .Map("template_variables")
            .Pairs.Where(static pair => pair is { Key: string, Value: ConfigScalar })
            .ToDictionary(static pair => (string)pair.Key, static pair => PythonText.Of(((ConfigScalar)pair.Value).Value), StringComparer.Ordinal);

    public static void Rule(CheckContext context)
    {
        Scores(context);
        if (context.Section.Texts("input_fields").Any(string.IsNullOrWhiteSpace))
        {
            context.Error("input_fields", "an empty name", "remove it", "empty");
        }
    }

    private static void Scores(CheckContext context)
    {
        if (context.Section.Text("judgment_type") == "ENUM" && context.Section.Map("judgment_scores").Pairs.Count == 0)
        {
            context.Error("judgment_type", "ENUM needs judgment_scores", "list each judgment with its score", "missing");
        }
    }

    private static string Braces(IEnumerable<string> names) => string.Join(", ", names.Select(static name => $"{{{name}}}"));
}
