using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Values that mean something else than they look like, or are written in a way that not every reader takes.</summary>
internal static class WritingAdvice
{
    private static readonly string[] ShellFields = ["run", "setup", "envs", "working_dir"];

    public static void Check(ConfigSection section, ConfigField field, ConfigNode node, string path, ProblemList problems)
    {
        if (field.IsNew)
        {
            problems.Note(section.KeyPlace(field.Name), "new-field", path, "Oumi knows the field from 0.9 on", "leave it out for older versions");
        }

        Items(section, field, node, path, problems);
        if (node is ConfigMap { Pairs: var pairs } && field.Type.Item!.Shape is FieldShape.Text)
        {
            foreach (var pair in pairs)
            {
                if (pair.Value is ConfigScalar { Written: { } written } item)
                {
                    AsText(item, written, $"{path}.{PythonText.Of(pair.Key)}", problems);
                }
                else if (pair.Value is ConfigList or ConfigMap)
                {
                    problems.Warn(pair.Value.Place, "type", $"{path}.{PythonText.Of(pair.Key)}", "a list or a mapping where text belongs", "write one text");
                }
            }
        }

        if (node is not ConfigScalar { Written: { } source } scalar)
        {
            return;
        }

        switch (field.Type.Shape)
        {
            case FieldShape.Int or FieldShape.Float:
                AsNumber(scalar, source, path, problems);
                break;
            case FieldShape.Bool when scalar.Value is bool flag && source.Text is not ("true" or "false" or "True" or "False"):
                problems.Warn(scalar.Place, "spelling", path, $"{Shown(source)} is read as {(flag ? "true" : "false")}", $"write {(flag ? "true" : "false")}");
                break;
            case FieldShape.Bool when !source.IsPlain:
                problems.Warn(scalar.Place, "spelling", path, $"{Shown(source)} is read as {source.Text.ToLowerInvariant()}", "write it without quotes");
                break;
            case FieldShape.Text:
                AsText(scalar, source, path, problems);
                if (scalar.Value is string content && string.IsNullOrWhiteSpace(content) && field.Default != "\"\"" && field.Rule("nonblank") is null)
                {
                    problems.Warn(scalar.Place, "empty", path, "an empty text", field.Type.IsOptional ? "write a value, or remove the line" : "write a value");
                }

                break;
            default:
                break;
        }

        if (scalar.Value is null && source.Value is null && field.Default == "null")
        {
            problems.Note(scalar.Place, "null", path, "null is what the field has without this line", "remove the line");
        }
        else if (scalar.Value is null && source.Value is null)
        {
            problems.Note(scalar.Place, "null", path, $"null replaces the default {field.Default}", "remove the line unless that is meant");
        }

        if (scalar.Value is string text && text.Contains("${", StringComparison.Ordinal) && !ShellFields.Contains(field.Name) && section.Class.Kind != "job")
        {
            problems.Warn(scalar.Place, "interpolation", path, "${...} stays as it is: nothing is filled in", "write the value itself");
        }
    }

    /// <summary>Values of a list; keys of a free mapping that are fields of the section around it.</summary>
    private static void Items(ConfigSection section, ConfigField field, ConfigNode node, string path, ProblemList problems)
    {
        if (node is ConfigList list)
        {
            for (var index = 0; index < list.Items.Count; index++)
            {
                if (list.Items[index] is ConfigScalar { Written: { } written } item && field.Type.Item?.Shape is FieldShape.Text)
                {
                    AsText(item, written, $"{path}[{index}]", problems);
                }
                else if (list.Items[index] is ConfigScalar { Written: { } digits } number && field.Type.Item?.Shape is FieldShape.Int)
                {
                    AsNumber(number, digits, $"{path}[{index}]", problems);
                }
            }
        }
        else if (node is ConfigMap map && field.Type.Item?.Shape is FieldShape.Any)
        {
            var known = (field.Rule("keys")?.Words ?? []).Select(static word => word.Split(':')[0]).ToList();
            foreach (var pair in map.Pairs)
            {
                if (pair.Key is string key && section.Class.Find(key) is not null && !known.Contains(key))
                {
                    problems.Warn(
                        pair.KeyPlace,
                        "unknown-key",
                        $"{path}.{key}",
                        "a field of the section around it, and without effect here",
                        "move it up by one level"
                    );
                }
            }
        }
    }

    /// <summary>A number that is read as another one than most people expect, or only by some readers.</summary>
    private static void AsNumber(ConfigScalar scalar, WrittenScalar written, string path, ProblemList problems)
    {
        if (scalar.Value is null)
        {
            return;
        }

        var plain =
            scalar.Value is double number && number == Math.Floor(number) && written.Value is Int128 whole ? PythonText.Of(whole) : PythonText.Of(scalar.Value);
        if (!written.IsPlain)
        {
            problems.Warn(scalar.Place, "spelling", path, $"{Shown(written)} is read as {plain}", "write the number without quotes");
        }
        else if (written.Value is string or Int128 && written.Text.TrimStart('+') != plain)
        {
            problems.Warn(scalar.Place, "spelling", path, $"{written.Text} is read as {plain}", $"write {plain}");
        }
        else if (written.Value is double && written.Text.AsSpan().IndexOfAny('_', ':') >= 0)
        {
            problems.Warn(scalar.Place, "spelling", path, $"{written.Text} is read as {plain}", $"write {plain}");
        }
    }

    /// <summary>A text that was written as something else, and does not keep its spelling.</summary>
    private static void AsText(ConfigScalar scalar, WrittenScalar written, string path, ProblemList problems)
    {
        if (scalar.Value is not string text || !written.IsPlain)
        {
            return;
        }

        if (written.Value is string && text.Count(static c => c == '"') == 1 && (text[0] == '"' || text[^1] == '"'))
        {
            problems.Warn(scalar.Place, "spelling", path, $"a quote without its partner: the text is {text}", "add the other quote, or remove this one");
        }

        if (written.Value is bool)
        {
            problems.Warn(scalar.Place, "spelling", path, $"{written.Text} is a truth value, and read as the text {text}", "put it in quotes");
        }
        else if (written.Value is Int128 or double)
        {
            if (text == written.Text)
            {
                problems.Note(scalar.Place, "spelling", path, $"{written.Text} is a number, and read as text", "put it in quotes");
            }
            else
            {
                problems.Warn(scalar.Place, "spelling", path, $"{written.Text} is read as the text {text}", "put it in quotes");
            }
        }
        else if (IsDate(text))
        {
            problems.Note(scalar.Place, "spelling", path, $"{text} is read as text, and as a date by other programs", "put it in quotes");
        }
    }

    private static bool IsDate(string text) => text.Length >= 10 && text[4] == '-' && text[7] == '-' && text.AsSpan(0, 10).IndexOfAnyExcept("0123456789-") < 0;

    private static string Shown(WrittenScalar written) => written.IsPlain ? written.Text : $"\"{written.Text}\"";
}
