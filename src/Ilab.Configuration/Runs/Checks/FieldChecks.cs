using System.Globalization;
using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>The rules of the tables, applied to one value that somebody wrote.</summary>
internal static class FieldChecks
{
    public static void Check(ConfigField field, ConfigNode value, string path, ProblemList problems)
    {
        if (value is ConfigScalar { Value: double number } && !double.IsFinite(number) && field.Rule("finite") is null)
        {
            problems.Warn(value.Place, "range", path, $"{PythonText.Of(number)} is no usable number", "write a number");
        }

        if (value is ConfigScalar { Value: Int128 whole } && (whole > long.MaxValue || whole < long.MinValue))
        {
            problems.Warn(value.Place, "range", path, $"{whole} is beyond what 64 bits hold", "write a smaller number");
        }

        foreach (var rule in field.Rules)
        {
            if (value is ConfigList list && rule.Name == "in")
            {
                foreach (var item in list.Items)
                {
                    Check(field, rule, item, path, problems);
                }
            }
            else
            {
                Check(field, rule, value, path, problems);
            }
        }
    }

    private static void Check(ConfigField field, FieldRule rule, ConfigNode node, string path, ProblemList problems)
    {
        var value = (node as ConfigScalar)?.Value;
        switch (rule.Name)
        {
            case "in" when value is string word && !rule.Words.Contains(word) && word.AsSpan().IndexOfAny('/', ':') < 0:
                var meant =
                    rule.Words.FirstOrDefault(known => string.Equals(known, word, StringComparison.OrdinalIgnoreCase)) ?? Spelling.Nearest(word, rule.Words);
                Report(
                    "choice",
                    $"\"{word}\" is none of the known words",
                    meant is null ? $"known are {string.Join(", ", rule.Words)}" : $"did you mean {meant}?",
                    meant ?? ""
                );
                break;
            case "in" when value is Int128 number && !rule.Words.Contains(PythonText.Of(number)):
                Report("choice", $"{number} is none of {string.Join(", ", rule.Words)}", "write one of them");
                break;
            case "word" when value is string word && !rule.Words.Contains(word):
                Report("choice", $"\"{word}\" is neither a number nor {rule.Words[0]}", $"write a number, or {rule.Words[0]}");
                break;
            case "near"
                when value is string word && !rule.Words.Contains(word) && Spelling.Nearest(word, rule.Words) is { } near && Spelling.Distance(word, near) <= 2:
                Report("choice", $"\"{word}\" is nearly {near}", $"did you mean {near}?", near);
                break;
            case "nonblank" when value is string text && string.IsNullOrWhiteSpace(text):
                Report("empty", "an empty text", $"write {field.Type.Description} or remove the line");
                break;
            case "filled" when node is ConfigList { Items.Count: 0 } or ConfigMap { Pairs.Count: 0 }:
                Report("empty", "it is empty", "it needs at least one entry");
                break;
            case "finite" when value is double number && !double.IsFinite(number):
                Report("range", $"{PythonText.Of(number)} is no usable number", "write a number");
                break;
            case "keys" when node is ConfigMap map:
                Keys(rule, map, path, problems);
                break;
            case "secret" when value is string { Length: > 0 }:
                problems.Warn(node.Place, "secret", path, "a secret in a file that others may read", "put it in an environment variable and name that");
                break;
            default:
                if (Number(value) is { } amount && Expected(rule, amount) is { } expected)
                {
                    Report("range", $"{PythonText.Of(value)} is out of range", $"it has to be {expected}");
                }

                break;
        }

        void Report(string name, string message, string fix, string suggestion = "") =>
            problems.Add(node.Place, rule.IsError ? ProblemLevel.Error : ProblemLevel.Warning, name, path, message, fix, suggestion);
    }

    /// <summary>Null when the number is within the bound, else what it has to be.</summary>
    private static string? Expected(FieldRule rule, double value)
    {
        double Bound(int index) => double.Parse(rule.Words[index], NumberStyles.Float, CultureInfo.InvariantCulture);
        return rule.Name switch
        {
            "min" when value < Bound(0) => $"at least {rule.Words[0]}",
            "max" when value > Bound(0) => rule.IsError ? $"at most {rule.Words[0]}" : $"at most {rule.Words[0]} to make sense",
            "over" when value <= Bound(0) => $"more than {rule.Words[0]}",
            "range" when value < Bound(0) || value > Bound(1) => $"from {rule.Words[0]} to {rule.Words[1]}",
            "share" when value < 0 || value >= 1 => "at least 0 and less than 1",
            _ => null,
        };
    }

    private static double? Number(object? value) =>
        value switch
        {
            Int128 whole => (double)whole,
            double number => number,
            _ => null,
        };

    /// <summary>
    /// Keys of a mapping that takes any key: what is nearly a known one was probably meant to be it, and a known one has its type, written <c>key:type</c>.
    /// </summary>
    private static void Keys(FieldRule rule, ConfigMap map, string path, ProblemList problems)
    {
        var known = rule
            .Words.Select(static word => word.Split(':'))
            .ToDictionary(static parts => parts[0], static parts => parts.ElementAtOrDefault(1), StringComparer.Ordinal);
        foreach (var pair in map.Pairs)
        {
            problems.Cancellation.ThrowIfCancellationRequested();
            if (pair.Key is not string key || problems.IsFull)
            {
                continue;
            }

            if (!known.TryGetValue(key, out var type))
            {
                if (Spelling.Nearest(key, known.Keys.Where(name => map.Find(name) is null)) is { } meant)
                {
                    problems.Warn(pair.KeyPlace, "unknown-key", $"{path}.{key}", "not a known key, and nearly one", $"did you mean {meant}?", meant);
                }
            }
            else if (type is not null && !Fits(type, pair.Value))
            {
                problems.Warn(pair.Value.Place, "type", $"{path}.{key}", $"{FieldType.Read(type).Description} is expected", "it is handed on as it is");
            }
        }
    }

    private static bool Fits(string type, ConfigNode value) =>
        value is ConfigScalar scalar
        && type switch
        {
            "bool" => scalar.Value is bool,
            "int" => scalar.Value is Int128 number && number >= 0,
            "float" => scalar.Value is Int128 || (scalar.Value is double real && double.IsFinite(real)),
            _ => scalar.Value is string { Length: > 0 },
        };
}
