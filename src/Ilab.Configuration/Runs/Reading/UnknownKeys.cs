using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>Says of a key that the section does not have what was probably meant, or where the key belongs.</summary>
internal sealed class UnknownKeys(ConfigClass top, ProblemList problems)
{
    private Dictionary<string, List<string>>? _places;

    public void Report(ConfigClass type, RawPair pair, string path, RawMap section)
    {
        var name = PythonText.Of(pair.Key.Value);
        var below = KeyPath.Below(path, name);
        problems.Cancellation.ThrowIfCancellationRequested();
        var (fix, suggestion) = problems.IsFull ? ("", "") : Advice(type, name, path, section);
        var message = path.Length == 0 ? "unknown key" : $"unknown key in {path}";
        problems.Error(pair.Key.Place, "unknown-key", below, message + Odd(name), fix, suggestion);
    }

    /// <summary>Names what cannot be seen, or looks like another character.</summary>
    private static string Odd(string name) =>
        name.FirstOrDefault(static c => c > '\u007F') is var odd and not '\0' ? $", with the character U+{(int)odd:X4} in it" : "";

    private (string Fix, string Suggestion) Advice(ConfigClass type, string name, string path, RawMap section)
    {
        var free = type.Fields.Select(static field => field.Name).ToList();
        var alias = RunSchema.Alias(name);
        if (alias is not null && type.Find(alias) is not null)
        {
            return ($"it is called {alias} here", alias);
        }

        // A name that is there already was not misspelt a second time.
        var near = Spelling.Nearest(name, free.Where(field => section.Find(field) is null)) ?? Spelling.Nearest(name, free);
        var elsewhere = Places(name) ?? (alias is null ? null : Places(alias));
        if (elsewhere is not null && (near is null || Spelling.Distance(name, near) > 1))
        {
            return ($"it belongs {elsewhere}", "");
        }

        return near is not null ? ($"did you mean {near}?", near) : ("remove it, or put a # in front of it", "");
    }

    /// <summary>Where a file of this kind has the key; null when it has it nowhere.</summary>
    private string? Places(string name)
    {
        _places ??= Collect();
        return _places.TryGetValue(name, out var paths)
            ? string.Join(" or ", paths.Take(3).Select(static path => path.Length == 0 ? "at the top of the file" : $"in the section {path}"))
            : null;
    }

    private Dictionary<string, List<string>> Collect()
    {
        var places = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var work = new Queue<(ConfigClass Class, string Path, int Depth)>([(top, "", 0)]);
        while (work.TryDequeue(out var next))
        {
            foreach (var field in next.Class.Fields)
            {
                (places.TryGetValue(field.Name, out var paths) ? paths : places[field.Name] = []).Add(next.Path);
                var type = field.Type.Shape is FieldShape.List or FieldShape.Map ? field.Type.Item! : field.Type;
                if (type.Shape == FieldShape.Section && next.Depth < 5)
                {
                    work.Enqueue((RunSchema.Class(type.Name), KeyPath.Below(next.Path, field.Name), next.Depth + 1));
                }
            }
        }

        return places;
    }
}
