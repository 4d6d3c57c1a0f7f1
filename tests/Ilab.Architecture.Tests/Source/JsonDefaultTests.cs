using System.Text.RegularExpressions;

namespace Ilab.Architecture.Tests.Source;

/// <summary>
/// The generated JSON readers build an object with all of its init-only properties at once, so the default of one that the text lacks is lost, and a list is
/// null. Types that are read from JSON therefore have no init-only property with a default, and neither have the types in them.
/// </summary>
public sealed partial class JsonDefaultTests
{
    [Fact]
    public void WhatIsReadFromJsonHasNoDefaultThatGetsLost()
    {
        var declarations = Declarations();
        var left = new Queue<string>(
            from path in Repository.ProductSources()
            from Match match in Serialized().Matches(File.ReadAllText(path))
            from Match name in Word().Matches(match.Groups[1].Value)
            select name.Value
        );
        var seen = new HashSet<string>();
        var lost = new List<string>();
        while (left.TryDequeue(out var type))
        {
            foreach (var (path, body) in seen.Add(type) ? declarations[type] : [])
            {
                lost.AddRange(InitDefault().Matches(body).Select(match => $"{path}: {type}.{match.Groups[2].Value}"));
                foreach (Match name in Property().Matches(body).SelectMany(static property => Word().Matches(property.Groups[1].Value)))
                {
                    left.Enqueue(name.Value);
                }
            }
        }

        Assert.NotEmpty(seen);
        Assert.True(lost.Count == 0, string.Join(Environment.NewLine, lost));
    }

    /// <summary>Bodies of types by their name.</summary>
    private static ILookup<string, (string Path, string Body)> Declarations() =>
        (
            from path in Repository.ProductSources()
            let text = File.ReadAllText(path)
            from Match match in Declaration().Matches(text)
            select (Name: match.Groups[1].Value, Path: Repository.Relative(path), Body: BodyAt(text, match.Index))
        ).ToLookup(static found => found.Name, static found => (found.Path, found.Body));

    private static string BodyAt(string text, int index)
    {
        var (open, end) = (text.IndexOf('{', index), text.IndexOf(';', index));
        if (open < 0 || (end >= 0 && end < open))
        {
            return "";
        }

        var depth = 0;
        for (var at = open; at < text.Length; at++)
        {
            depth +=
                text[at] == '{' ? 1
                : text[at] == '}' ? -1
                : 0;
            if (depth == 0)
            {
                return text[open..at];
            }
        }

        return text[open..];
    }

    [GeneratedRegex(@"\[JsonSerializable\(typeof\(([^)]*)\)")]
    private static partial Regex Serialized();

    [GeneratedRegex(@"\b(?:record|class|struct) ([A-Z]\w*)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"public (?:required )?([\w<>,\.\? \[\]]+?) (\w+) \{ get; init; \} = ")]
    private static partial Regex InitDefault();

    [GeneratedRegex(@"public (?:required )?([\w<>,\.\? \[\]]+?) (\w+) \{ get;")]
    private static partial Regex Property();

    [GeneratedRegex(@"[A-Z]\w*")]
    private static partial Regex Word();
}
