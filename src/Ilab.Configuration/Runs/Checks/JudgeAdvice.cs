using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>
/// Prompts of judges: a {name} is filled in from each record that is judged, or from template_variables. What is wrong with one is noticed
/// only when the first record is judged.
/// </summary>
internal static class JudgeAdvice
{
    private const string Template = "prompt_template";

    /// <summary>Fields that records for judges usually have. Others are as good; but one that nearly is one of these is hardly another.</summary>
    private static readonly string[] Usual =
    [
        "request",
        "response",
        "question",
        "answer",
        "context",
        "instruction",
        "prompt",
        "completion",
        "document",
        "conversation",
    ];

    public static void Params(CheckContext context)
    {
        var judge = context.Section;
        if (judge.Text(Template) is not { } template)
        {
            return;
        }

        var declared = judge.Texts("prompt_template_placeholders");
        if (Placeholders.Find(template, out var fault) is not { } found)
        {
            if (declared.Count == 0)
            {
                Warn(
                    context,
                    fault,
                    template[fault] == '{' ? "a { that nothing closes" : "a } that nothing opens",
                    "write {name} for what is filled in, {{ and }} for braces that are text",
                    "interpolation"
                );
            }

            return;
        }

        Names(context, found, declared);
        var instruction = judge.Text("system_instruction") ?? "";
        foreach (var pair in judge.Map("template_variables").Pairs)
        {
            if (pair.Key is string name && found.All(one => one.Name != name) && !instruction.Contains($"{{{name}", StringComparison.Ordinal))
            {
                var key = context.Key($"template_variables.{name}");
                context.Problems.Warn(pair.KeyPlace, "conflict", key, $"neither {Template} nor system_instruction contains {{{name}}}", "remove it, or use it");
            }
        }
    }

    private static void Names(CheckContext context, IReadOnlyList<(string Name, int Index)> found, IReadOnlyList<string> declared)
    {
        var judge = context.Section;
        HashSet<string> ofExamples =
        [
            .. judge.At("examples") is ConfigList { Items: var items }
                ? items.OfType<ConfigMap>().SelectMany(static one => one.Pairs).Select(static pair => PythonText.Of(pair.Key))
                : [],
        ];
        var ofRule = context.Top.At("rule_judge_params") is ConfigSection rule ? rule.Texts("input_fields") : [];
        string[] known = [.. JudgeChecks.Variables(judge).Keys, .. declared, .. ofExamples, .. ofRule];
        foreach (var (name, index) in found.DistinctBy(static one => one.Name))
        {
            if (known.Contains(name) || Usual.Contains(name))
            {
                continue;
            }

            if (!IsName(name))
            {
                var shown = name.ReplaceLineEndings(" ").Trim();
                Warn(
                    context,
                    index,
                    $"{{{(shown.Length > 30 ? shown[..30] + "..." : shown)}}} is taken for a field of the records",
                    "write {{ and }} for braces that are text",
                    "interpolation"
                );
            }
            else if (ofExamples.Count > 0)
            {
                Warn(context, index, $"no example has a {name}", Meant(name, [.. known, .. Usual]) ?? "write it in the examples as well", "spelling");
            }
            else if (Meant(name, [.. known, .. Usual]) is { } fix)
            {
                Warn(context, index, $"{{{name}}} is no field that records usually have", fix, "spelling");
            }
        }
    }

    private static void Warn(CheckContext context, int index, string message, string fix, string rule) =>
        context.Problems.Warn(context.Place(Template, index), rule, context.Key(Template), message, fix);

    private static bool IsName(string name) => name.Length > 0 && !char.IsDigit(name[0]) && name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-');

    /// <summary>The name that was probably meant; names with a number, a plural or another word are names of their own.</summary>
    private static string? Meant(string name, IReadOnlyList<string> candidates)
    {
        var lower = name.ToLowerInvariant();
        var near = candidates.FirstOrDefault(candidate =>
            Math.Min(candidate.Length, lower.Length) > 4
            && lower != candidate + "s"
            && candidate != lower + "s"
            && !lower.Any(char.IsDigit)
            && lower.Contains('_', StringComparison.Ordinal) == candidate.Contains('_', StringComparison.Ordinal)
            && Spelling.Distance(lower, candidate.ToLowerInvariant()) <= (candidate.Length > 6 ? 2 : 1)
        );
        return near is null ? null : $"did you mean {{{near}}}?";
    }
}
