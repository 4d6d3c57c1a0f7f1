using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Ilab.Configuration.Runs;
using Ilab.Testing;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>docs/configuration.md says what is so, and the package is one.</summary>
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

    [Fact]
    public void ThePackageHoldsTheLibraryAndItsManual()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                "pack",
                Path.Combine(TestPaths.Repository, "src", "Ilab.Configuration"),
                "--no-build",
                "--configuration",
                TestPaths.Configuration,
                "--output",
                _root.Path,
            },
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        var names = Directory.GetFiles(_root.Path, "*.nupkg").Select(static path => Path.GetFileName(path).Split(".0.")[0]).Order(StringComparer.Ordinal);
        Assert.Equal(["Ilab.Configuration", "Ilab.Posix", "Ilab.Yaml"], names);
        using var package = ZipFile.OpenRead(Directory.GetFiles(_root.Path, "Ilab.Configuration.*.nupkg").Single());
        var entries = package.Entries.Select(static entry => entry.FullName).ToList();
        Assert.Contains("README.md", entries);
        Assert.Contains("lib/net10.0/Ilab.Configuration.dll", entries);
        Assert.Contains("lib/net10.0/Ilab.Configuration.xml", entries);
        using var reader = new StreamReader(package.GetEntry("Ilab.Configuration.nuspec")!.Open());
        var nuspec = reader.ReadToEnd();
        Assert.Contains("<license type=\"expression\">Apache-2.0</license>", nuspec, StringComparison.Ordinal);
        Assert.Contains("<readme>README.md</readme>", nuspec, StringComparison.Ordinal);
        Assert.Contains("<dependency id=\"Ilab.Yaml\"", nuspec, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Blocks(string language) =>
        Regex.Matches(Document, $"```{language}\n(.*?)```", RegexOptions.Singleline).Select(static match => match.Groups[1].Value);

    /// <summary>The words of a text: layout is the formatter's.</summary>
    private static string Flat(string text) =>
        string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)).Replace(" .", ".", StringComparison.Ordinal);

    [GeneratedRegex(@"public static void \w+\(\)\n    \{\n(.*?)\n    \}\n", RegexOptions.Singleline)]
    private static partial Regex Method();
}
