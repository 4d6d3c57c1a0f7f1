using System.Xml.Linq;

namespace Ilab.Architecture.Tests.Source;

/// <summary>Directory.Build.props decides; project files stay bare.</summary>
public sealed class ProjectFileTests
{
    private static readonly string[] DecidedAtTheRoot =
    [
        "Nullable",
        "ImplicitUsings",
        "LangVersion",
        "TreatWarningsAsErrors",
        "TargetFramework",
        "TargetFrameworks",
        "Version",
        "AnalysisLevel",
    ];

    [Fact]
    public void ProjectsDoNotRepeatWhatTheRootDecides()
    {
        var repeats =
            from path in Repository.Projects("src").Concat(Repository.Projects("tests"))
            from element in XDocument.Load(path).Descendants()
            where DecidedAtTheRoot.Contains(element.Name.LocalName)
            select $"{Repository.Relative(path)}: {element.Name.LocalName}";
        Assert.Empty(repeats);
    }

    [Fact]
    public void VersionsAreCentral()
    {
        var versions =
            from path in Repository.Projects("src").Concat(Repository.Projects("tests"))
            from reference in XDocument.Load(path).Descendants("PackageReference")
            where reference.Attribute("Version") is not null
            select $"{Repository.Relative(path)}: {reference.Attribute("Include")?.Value}";
        Assert.Empty(versions);
    }

    [Fact]
    public void EveryProjectHasALockFileAndIsInTheSolution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "ilab.sln")).Replace('\\', '/');
        var missing =
            from path in Repository.Projects("src").Concat(Repository.Projects("tests"))
            let folder = Path.GetDirectoryName(path)!
            where !File.Exists(Path.Combine(folder, "packages.lock.json")) || !solution.Contains(Repository.Relative(path), StringComparison.Ordinal)
            select Repository.Relative(path);
        Assert.Empty(missing);
    }

    [Fact]
    public void LockFilesNameNoHosts()
    {
        var named =
            from path in Directory.EnumerateFiles(Repository.Root, "*lock.json", SearchOption.AllDirectories)
            where !path.Contains("/node_modules/", StringComparison.Ordinal) && !path.Contains("/artifacts/", StringComparison.Ordinal)
            where File.ReadAllText(path).Contains("\"resolved\": \"http", StringComparison.Ordinal)
            select Repository.Relative(path);
        Assert.Empty(named);
    }
}
