using System.Text.RegularExpressions;
using Ilab.Configuration.Runs;
using Ilab.Testing;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>docs/configuration.md says what is so.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private static readonly string Document = File.ReadAllText(Path.Combine(TestPaths.Repository, "docs", "configuration.md"));
    private readonly TemporaryFolder _root = new();
    private readonly string _before = Directory.GetCurrentDirectory();

    public void Dispose()
    {
        Directory.SetCurrentDirectory(_before);
        _root.Dispose();
    }

    [Fact]
    public void SamplesAreThoseThatRun()
    {
        var source = File.ReadAllText(Path.Combine(TestPaths.Repository, "tests", "Ilab.Configuration.Tests", "Runs", "Samples.cs"));
        var methods = Method().Matches(source).Select(static match => Flat(match.Groups[1].Value)).ToList();
        Assert.Equal(Blocks("csharp").Select(Flat), methods);
    }

    [Fact]
    public void SamplesRun()
    {
        Directory.SetCurrentDirectory(_root.Path);
        Samples.Build();
        Samples.Errors();
        Samples.Load();
        Samples.Lint();
        Samples.Change();
        var changed = RunConfig.Load("second.yaml").Train;
        Assert.Equal((16, 32, 1e-4), (changed.Peft.LoraR, changed.Peft.LoraAlpha, changed.Training.LearningRate));
        Assert.Contains("# half of what it was", File.ReadAllText("second.yaml"), StringComparison.Ordinal);
        Assert.Equal("auto", changed.Ilab?.TrainingType);
    }

    [Fact]
    public void FilesOfTheDocumentHaveNoProblems()
    {
        var files = Blocks("yaml").ToList();
        Assert.Equal(2, files.Count);
        Assert.All(files, static text => Assert.Empty(ConfigReader.ReadText(text, "configuration.md", lint: true).Problems));
    }

    private static IEnumerable<string> Blocks(string language) =>
        Regex.Matches(Document, $"```{language}\n(.*?)```", RegexOptions.Singleline).Select(static match => match.Groups[1].Value);

    /// <summary>The words of a text: layout is the formatter's.</summary>
    private static string Flat(string text) =>
        string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)).Replace(" .", ".", StringComparison.Ordinal);

    [GeneratedRegex(@"public static void \w+\(\)\n    \{\n(.*?)\n    \}\n", RegexOptions.Singleline)]
    private static partial Regex Method();
}
