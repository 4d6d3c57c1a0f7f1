using System.Text.RegularExpressions;

namespace Ilab.Architecture.Tests.Source;

/// <summary>
/// Folders of one project never use each other in a circle: what is in one can be read, and moved, without all the others. A folder is a namespace to its
/// second level (<c>Store.Content</c>); what a file uses is read from its <c>using</c> lines and from qualified names, absolute or relative.
/// </summary>
public sealed partial class FolderCycleTests
{
    public static TheoryData<string> Projects()
    {
        var data = new TheoryData<string>();
        foreach (var project in Repository.Projects("src"))
        {
            data.Add(Path.GetFileNameWithoutExtension(project));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void FoldersDoNotUseEachOtherInACircle(string project)
    {
        var sources = Sources(project);
        var cycles = Cycles(Uses(project, sources));
        Assert.True(cycles.Count == 0, string.Join(Environment.NewLine, cycles));
    }

    [Fact]
    public void ACircleIsFound()
    {
        (string Path, string Text)[] sources =
        [
            ("A/B/x.cs", "using P.C;\nnamespace P.A.B;\n"),
            ("C/y.cs", "namespace P.C;\nclass Y { /* P.A.B */ object z = new A.B.Z(); }\n"),
            ("D/z.cs", "namespace P.D;\n// using P.C\nclass Z { string text = \"P.C.Y\"; }\n"),
        ];
        var cycle = Assert.Single(Cycles(Uses("P", sources)));
        Assert.Contains("A.B -> C", cycle, StringComparison.Ordinal);
        Assert.Contains("C/y.cs", cycle, StringComparison.Ordinal);
        Assert.Empty(Cycles(Uses("P", [sources[0], sources[2]])));
    }

    private static (string Path, string Text)[] Sources(string project) =>
        [
            .. from path in Repository.ProductSources()
            let relative = Repository.Relative(path)
            where relative.StartsWith($"src/{project}/", StringComparison.Ordinal)
            select (relative, File.ReadAllText(path)),
        ];

    /// <summary>For each folder the folders that it uses, and a file that does.</summary>
    private static Dictionary<string, Dictionary<string, string>> Uses(string project, IReadOnlyCollection<(string Path, string Text)> sources)
    {
        var files = sources
            .Select(source => (source.Path, Code: Silent().Replace(source.Text, "")))
            .Select(source => (source.Path, source.Code, Namespace: Declared().Match(source.Code).Groups[1].Value))
            .Where(static source => source.Namespace.Length > 0)
            .ToArray();
        var namespaces = files.SelectMany(static file => Prefixes(file.Namespace)).ToHashSet();
        var uses = namespaces
            .Select(name => Folder(project, name))
            .Distinct()
            .ToDictionary(static folder => folder, static _ => new Dictionary<string, string>());
        foreach (var (path, code, name) in files)
        {
            var from = Folder(project, name);
            foreach (
                var used in Qualified()
                    .Matches(code)
                    .Select(match => Resolve(match.Value, name, namespaces))
                    .OfType<string>()
                    .Select(used => Folder(project, used))
            )
            {
                if (used != from && used.Length > 0)
                {
                    uses[from].TryAdd(used, path);
                }
            }
        }

        return uses;
    }

    /// <summary>The namespace that a dotted name begins with, as the compiler would find it: from the innermost scope outwards. Null = a name of something
    /// else.</summary>
    private static string? Resolve(string dotted, string scope, HashSet<string> namespaces)
    {
        foreach (var outer in Prefixes(scope).Select(static prefix => prefix + ".").Append(""))
        {
            var found = Prefixes(dotted).Select(prefix => outer + prefix).FirstOrDefault(namespaces.Contains);
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>The name itself, then what is left of it without its last part, and so on.</summary>
    private static IEnumerable<string> Prefixes(string dotted)
    {
        for (var end = dotted.Length; end > 0; end = dotted.LastIndexOf('.', end - 1))
        {
            yield return dotted[..end];
        }
    }

    private static string Folder(string project, string name) =>
        name.StartsWith(project + ".", StringComparison.Ordinal) ? string.Join('.', name[(project.Length + 1)..].Split('.').Take(2)) : "";

    /// <summary>One line for each circle: the shortest way round through its first folder.</summary>
    private static List<string> Cycles(Dictionary<string, Dictionary<string, string>> uses)
    {
        var (found, seen) = (new List<string>(), new HashSet<string>());
        foreach (var start in uses.Keys.Order(StringComparer.Ordinal).Where(folder => !seen.Contains(folder)))
        {
            if (WayBack(start, uses) is { } way)
            {
                seen.UnionWith(way);
                found.Add(string.Join("; ", way.Zip(way.Skip(1)).Select(step => $"{step.First} -> {step.Second} ({uses[step.First][step.Second]})")));
            }
        }

        return found;
    }

    private static List<string>? WayBack(string start, Dictionary<string, Dictionary<string, string>> uses)
    {
        var (cameFrom, left) = (new Dictionary<string, string>(), new Queue<string>([start]));
        while (left.TryDequeue(out var folder))
        {
            foreach (var used in uses[folder].Keys)
            {
                if (used == start)
                {
                    var way = new List<string> { start };
                    for (var at = folder; at != start; at = cameFrom[at])
                    {
                        way.Insert(0, at);
                    }

                    way.Insert(0, start);
                    return way;
                }

                if (cameFrom.TryAdd(used, folder))
                {
                    left.Enqueue(used);
                }
            }
        }

        return null;
    }

    /// <summary>Comments and strings: they use nothing.</summary>
    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/|""(?:[^""\\\n]|\\.)*""", RegexOptions.Singleline)]
    private static partial Regex Silent();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Declared();

    // Not the member of something else: that is `value.Serving.Runners`, or `Path().Files.X`.
    [GeneratedRegex(@"(?<![\w.)\]?!>])[A-Z]\w*(?:\.[A-Z]\w*)+")]
    private static partial Regex Qualified();
}
