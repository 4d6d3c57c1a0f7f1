using System.Text.RegularExpressions;
using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Texts that are hardly what was meant: secrets, addresses, places for results, and what a list has twice.</summary>
internal static partial class TextAdvice
{
    private const int LongestPath = 4095; // PATH_MAX

    private static readonly string[] SystemFolders = ["bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "root", "run", "sbin", "sys", "usr"];

    public static void Check(ConfigSection section, ConfigField field, ConfigNode node, string path, ProblemList problems)
    {
        switch (node)
        {
            case ConfigScalar { Value: string text } when field.Rule("secret") is null:
                Secret(node, text, path, problems);
                Address(field, node, text, path, problems);
                if (section.Class.Kind != "job")
                {
                    Place(field, node, text, path, problems);
                }

                break;
            case ConfigMap map:
                foreach (var pair in map.Pairs)
                {
                    if (pair.Value is ConfigScalar { Value: string value })
                    {
                        Secret(pair.Value, value, $"{path}.{PythonText.Of(pair.Key)}", problems);
                    }
                }

                break;
            case ConfigList list when field.Rule("in") is null:
                Twice(list, path, problems);
                break;
            default:
                break;
        }
    }

    private static void Secret(ConfigNode node, string text, string path, ProblemList problems)
    {
        if (Token().IsMatch(text))
        {
            problems.Warn(node.Place, "secret", path, "looks like a key or token, in a file that others may read", "put it in an environment variable");
        }
    }

    private static void Address(ConfigField field, ConfigNode node, string text, string path, ProblemList problems)
    {
        if (field.Name.EndsWith("_url", StringComparison.Ordinal) && text.Length > 0 && !Url().IsMatch(text))
        {
            problems.Warn(node.Place, "choice", path, $"\"{text}\" is no address of a service", "it begins with http:// or https://");
        }
    }

    private static void Place(ConfigField field, ConfigNode node, string text, string path, ProblemList problems)
    {
        var isFolder = field.Name.EndsWith("_dir", StringComparison.Ordinal);
        if (!isFolder && !field.Name.EndsWith("_path", StringComparison.Ordinal))
        {
            return;
        }

        if (text.Length > LongestPath)
        {
            problems.Warn(node.Place, "path", path, $"{text.Length} characters are more than a path can have", "write a shorter one");
        }

        if (Variable().Match(text) is { Success: true } variable)
        {
            problems.Warn(node.Place, "interpolation", path, $"{variable.Value} stays as it is: nothing is filled in", "write the value itself");
        }

        var parts = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if ((isFolder || field.Name == "output_path") && text.StartsWith('/') && (parts.Length == 0 || SystemFolders.Contains(parts[0])))
        {
            problems.Warn(node.Place, "path", path, $"{text} belongs to the system, and results are written there", "name a directory of your own");
        }
    }

    /// <summary>A value, or a section with all its values, that stands in a list for the second time.</summary>
    private static void Twice(ConfigList list, string path, ProblemList problems)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var index = 0; index < list.Items.Count; index++)
        {
            var item = list.Items[index];
            var text = item switch
            {
                ConfigScalar { Value: string word } => word,
                ConfigSection section => Shown(section),
                _ => null,
            };
            if (text is not null && !seen.TryAdd(text, index))
            {
                problems.Warn(
                    item.Place,
                    "duplicate",
                    $"{path}[{index}]",
                    item is ConfigScalar ? $"\"{text}\" stands in the list twice" : $"the same as [{seen[text]}]",
                    "remove one of the two"
                );
            }
        }
    }

    private static string Shown(ConfigNode node)
    {
        return node switch
        {
            ConfigScalar scalar => $"{scalar.Value?.GetType().Name}:{PythonText.Of(scalar.Value)}",
            ConfigList list => $"[{string.Join(",", list.Items.Select(Shown))}]",
            ConfigMap map => $"{{{string.Join(",", map.Pairs.Select(static pair => $"{pair.Key}={Shown(pair.Value)}"))}}}",
            ConfigSection section => $"({string.Join(",", section.Class.Fields.Where(field => section.IsWritten(field.Name)).Select(Field))})",
            _ => "",
        };

        string Field(ConfigField field) => $"{field.Name}={Shown(((ConfigSection)node)[field.Name])}";
    }

    /// <summary>As the services that are asked most write them.</summary>
    [GeneratedRegex(
        @"(?:^|[^A-Za-z0-9_-])(?:hf_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,}"
            + @"|AKIA[0-9A-Z]{16}|AIza[A-Za-z0-9_-]{35}|xox[abp]-[A-Za-z0-9-]{10,})",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex Token();

    [GeneratedRegex(@"^(?:https?://.|\$\{)", RegexOptions.IgnoreCase)]
    private static partial Regex Url();

    [GeneratedRegex(@"\$[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Variable();
}
