using Ilab.Http.Calls;

namespace Ilab.Http.Json;

/// <summary>The caller's own notes in a request, which it gets back.</summary>
internal static class Notes
{
    private const string Name = "metadata";
    private const int Most = 16,
        Longest = 512,
        LongestName = 64;

    /// <exception cref="ProblemException">400.</exception>
    public static Dictionary<string, string> Read(JsonFields body)
    {
        var notes = new Dictionary<string, string>();
        foreach (var entry in body.Object(Name) is { } given ? given.All : [])
        {
            notes[entry.Name] = JsonFields.TextOf(entry.Value, $"{Name}.{entry.Name}");
        }

        return notes.Count <= Most && notes.All(static note => note is { Key.Length: <= LongestName, Value.Length: <= Longest })
            ? notes
            : throw body.Wrong(Name, $"at most {Most} texts of at most {Longest} characters, with names of at most {LongestName}");
    }
}
