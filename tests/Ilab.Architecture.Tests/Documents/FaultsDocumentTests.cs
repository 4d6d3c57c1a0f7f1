using System.Text.RegularExpressions;

namespace Ilab.Architecture.Tests.Documents;

/// <summary>docs/faults.md says of each kind of fault how it was ended and which test shows it: a test that is not there shows nothing.</summary>
public sealed partial class FaultsDocumentTests
{
    private static readonly Lazy<string[]> Rows = new(static () =>
        [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "faults.md")).Where(static line => Row().IsMatch(line))]
    );

    private static readonly Lazy<Dictionary<string, string>> Tests = new(static () =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .GroupBy(static path => Path.GetFileNameWithoutExtension(path))
            .ToDictionary(static files => files.Key, static files => string.Concat(files.Select(File.ReadAllText)))
    );

    public static TheoryData<string> Faults => [.. Rows.Value.Select(static row => Row().Match(row).Groups[1].Value)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void EveryTestThatAFaultNamesExists(string fault)
    {
        var named = TestName().Matches(Rows.Value.Single(row => row.StartsWith($"| {fault} |", StringComparison.Ordinal)));
        Assert.NotEmpty(named);
        foreach (Match name in named)
        {
            Assert.True(Tests.Value.TryGetValue(name.Groups[1].Value, out var text), $"{fault}: there is no {name.Groups[1].Value}");
            Assert.True(
                Regex.IsMatch(text!, $@"\[(Skippable)?(Fact|Theory)[^;{{}}]*public[^;{{}}]* {name.Groups[2].Value}\(", RegexOptions.Singleline)
                    || Regex.IsMatch(text!, $@"public (async )?(Task|void) {name.Groups[2].Value}\("),
                $"{fault}: {name.Groups[1].Value} has no test {name.Groups[2].Value}"
            );
        }
    }

    [Fact]
    public void NoKindIsLeftOut() =>
        Assert.Equal([.. Numbers('U', 23), .. Numbers('C', 10), .. Numbers('T', 7)], Rows.Value.Select(static row => Row().Match(row).Groups[1].Value));

    private static IEnumerable<string> Numbers(char letter, int count) => Enumerable.Range(1, count).Select(number => $"{letter}{number}");

    [GeneratedRegex(@"^\| ([UCT][0-9]+) \|")]
    private static partial Regex Row();

    [GeneratedRegex(@"`([A-Z]\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
