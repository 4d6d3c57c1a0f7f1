using System.Text.RegularExpressions;

namespace Ilab.Architecture.Tests.Documents;

/// <summary>A document that names a file which is not there misleads more than no document.</summary>
public sealed partial class DocumentPathTests
{
    public static TheoryData<string> Documents()
    {
        var data = new TheoryData<string>();
        foreach (
            var path in Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
                .Append(Path.Combine(Repository.Root, "README.md"))
        )
        {
            data.Add(Repository.Relative(path));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void EveryPathItNamesExists(string document)
    {
        var missing = RepositoryPath()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, document)))
            .Select(match => match.Groups[1].Value.TrimEnd('.', '/'))
            .Where(path =>
                !path.Contains('<', StringComparison.Ordinal) && !path.Contains('*', StringComparison.Ordinal) && !path.Contains('{', StringComparison.Ordinal)
            )
            .Where(path => !File.Exists(Path.Combine(Repository.Root, path)) && !Directory.Exists(Path.Combine(Repository.Root, path)));
        Assert.Empty(missing);
    }

    [GeneratedRegex(@"(?<![\w/.~-])((?:src|proto|tests|packaging|docs)/[\w./<>*{}-]+)")]
    private static partial Regex RepositoryPath();
}
