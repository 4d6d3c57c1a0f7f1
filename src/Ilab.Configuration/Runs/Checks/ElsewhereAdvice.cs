using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>
/// What the engine does not do of a file: one warning for each section that only makes sense elsewhere, one for all single fields of a section that are left
/// out. What is refused is for whoever runs the file.
/// </summary>
public static class ElsewhereAdvice
{
    private static readonly (string Section, string Switch, string What)[] Distributed =
    [
        ("fsdp", "enable_fsdp", "training that is spread over devices"),
        ("deepspeed", "enable_deepspeed", "training that is spread over devices"),
    ];

    public static void Check(ConfigSection top, ProblemList problems)
    {
        if (top.Class.Kind is not ("train" or "infer" or "eval"))
        {
            return;
        }

        foreach (var (name, enable, what) in Distributed)
        {
            // A file that says itself what it is planned for is refused where that cannot be done.
            if (
                top.Class.Find(name) is not null
                && top.Section(name).Flag(enable)
                && !(name == "fsdp" && top.OptionalSection("ilab")?.Text("distributed") == "fsdp")
            )
            {
                problems.Warn(
                    top.KeyPlace(name),
                    "elsewhere",
                    name,
                    $"{what} is read, and not done here",
                    $"it takes effect in Oumi; remove the section or set {enable}: false"
                );
            }
        }

        foreach (var field in top.Class.Fields)
        {
            if (Distributed.Any(known => known.Section == field.Name) || !top.IsWritten(field.Name))
            {
                continue;
            }

            if (field.Use == FieldUse.Ignored && top[field.Name] is ConfigSection)
            {
                problems.Warn(top.KeyPlace(field.Name), "elsewhere", field.Name, "the section is read, and has no effect here", "it takes effect in Oumi");
            }
            else if (top[field.Name] is ConfigSection section)
            {
                Fields(section, top.KeyPlace(field.Name), field.Name, problems);
            }
        }
    }

    /// <summary>Paths of fields that somebody set to something other than their default, and that have no effect here.</summary>
    public static IEnumerable<string> Ignored(ConfigSection section, string path) =>
        section
            .Class.Fields.Where(field => field.Use == FieldUse.Ignored && section.IsWritten(field.Name) && !IsDefault(field, section[field.Name]))
            .Select(field => path.Length == 0 ? field.Name : $"{path}.{field.Name}");

    private static void Fields(ConfigSection section, ConfigPlace place, string path, ProblemList problems)
    {
        var names = Ignored(section, "").ToList();
        if (names.Count > 0)
        {
            problems.Note(place, "elsewhere", path, $"no effect here: {string.Join(", ", names)}", "they take effect in Oumi");
        }
    }

    private static bool IsDefault(ConfigField field, ConfigNode value) =>
        value switch
        {
            ConfigScalar { Value: null } => true,
            ConfigScalar { Value: var scalar } => field.Default is not null
                && field.Default.Trim('"') == (scalar is bool flag ? (flag ? "true" : "false") : PythonText.Of(scalar)),
            ConfigList { Items.Count: 0 } or ConfigMap { Pairs.Count: 0 } => true,
            _ => false,
        };
}
