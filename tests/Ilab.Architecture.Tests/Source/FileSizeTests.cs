using System.Text.RegularExpressions;

namespace Ilab.Architecture.Tests.Source;

/// <summary>The budget is on the tail: one file of a thousand lines is what makes a code base hard to find one's way in.</summary>
public sealed partial class FileSizeTests
{
    [Fact]
    public void NoFileIsLongerThanFiveHundredLines()
    {
        var tooLong = Repository
            .ProductSources()
            .Concat(Repository.TestSources())
            .Select(path => (path: Repository.Relative(path), lines: File.ReadLines(path).Count()))
            .Where(file => file.lines > 500);
        Assert.Empty(tooLong);
    }

    [Fact]
    public void HalfOfTheFilesAreShortAndNineOfTenFitAScreenOrThree()
    {
        var lines = Repository.ProductSources().Select(path => File.ReadLines(path).Count()).Order().ToArray();
        Assert.InRange(lines[lines.Length / 2], 1, 90);
        Assert.InRange(lines[lines.Length * 9 / 10], 1, 250);
    }

    /// <summary>What is one piece of text (a message, a pattern, a script) may be longer: broken up it cannot be searched for.</summary>
    [Fact]
    public void NoLineIsWiderThanAHundredAndSixtyColumns()
    {
        var wide = Repository
            .ProductSources()
            .Concat(Repository.TestSources())
            .SelectMany(path => File.ReadLines(path).Select((line, index) => (place: $"{Repository.Relative(path)}:{index + 1}", line)))
            .Where(static entry => entry.line.Length > 160 && !OneText().IsMatch(entry.line))
            .Select(static entry => entry.place);
        Assert.Empty(wide);
    }

    [Fact]
    public void NoFolderHoldsMoreThanTwentyFiveFiles()
    {
        var crowded = Repository
            .ProductSources()
            .GroupBy(path => Path.GetDirectoryName(path)!)
            .Where(folder => folder.Count() > 25)
            .Select(folder => $"{Repository.Relative(folder.Key)}: {folder.Count()}");
        Assert.Empty(crowded);
    }

    [GeneratedRegex("""^ *(?:[-+:?(=]|=>|return|\$*@?"[a-z]+",)? *[$@]*["]""")]
    private static partial Regex OneText();
}
