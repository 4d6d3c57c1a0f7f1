using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using Ilab.Testing;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>The library as others get it: packed, and used by a project that knows nothing of this checkout.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class PackageTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void AnotherProjectUsesThePackageAsItsManualSays()
    {
        var feed = Path.Combine(_root.Path, "feed");
        Run(_root.Path, "pack", Library(), "--no-build", "--configuration", TestPaths.Configuration, "--output", feed);
        var names = Directory.GetFiles(feed, "*.nupkg").Select(static path => Path.GetFileName(path).Split(".0.")[0]).Order(StringComparer.Ordinal);
        Assert.Equal(["Ilab.Configuration", "Ilab.Posix", "Ilab.Yaml"], names);
        var version = Inspect(Directory.GetFiles(feed, "Ilab.Configuration.*.nupkg").Single());

        var project = Directory.CreateDirectory(Path.Combine(_root.Path, "consumer")).FullName;
        WriteProject(project, feed, version);
        var sample = File.ReadLines(Path.Combine(Library(), "README.md")).Where(static line => line.StartsWith("    ", StringComparison.Ordinal)).ToList();
        Assert.True(sample.Count >= 3, "the manual of the package has no sample");
        File.WriteAllText(
            Path.Combine(project, "Program.cs"),
            $$"""
            using Ilab.Configuration.Runs;

            {{string.Join('\n', sample.Select(static line => line.Trim()))}}
            System.Console.WriteLine($"{train.Model.ModelName}, {train.Training.MaxSteps} steps, {train.Ilab?.TrainingType}");
            """
        );
        Run(project, "build", "--nologo", "--verbosity", "quiet");
        Assert.Equal("granite, 100 steps, auto\n", Run(project, Path.Combine("out", "Consumer.dll")));
        Assert.Contains("dataset_path: facts.jsonl", File.ReadAllText(Path.Combine(project, "train.yaml")), StringComparison.Ordinal);
    }

    private static string Library() => Path.Combine(TestPaths.Repository, "src", "Ilab.Configuration");

    /// <returns>The version.</returns>
    private static string Inspect(string path)
    {
        using var package = ZipFile.OpenRead(path);
        var entries = package.Entries.Select(static entry => entry.FullName).ToList();
        Assert.Superset(new HashSet<string> { "README.md", "lib/net10.0/Ilab.Configuration.dll", "lib/net10.0/Ilab.Configuration.xml" }, entries.ToHashSet());
        using var stream = package.GetEntry("Ilab.Configuration.nuspec")!.Open();
        var metadata = XDocument.Load(stream).Root!.Elements().Single();
        string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;
        Assert.Equal(("Apache-2.0", "README.md"), (Value("license"), Value("readme")));
        Assert.Contains(metadata.Descendants(), static element => element.Attribute("id")?.Value == "Ilab.Yaml");
        return Value("version");
    }

    /// <summary>
    /// A project of its own: nothing above it counts, the packages come from the local feed, and what they depend on from those that are on this machine.
    /// </summary>
    private static void WriteProject(string folder, string feed, string version)
    {
        var cache =
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(Path.Combine(folder, "Directory.Build.props"), "<Project />");
        File.WriteAllText(Path.Combine(folder, "Directory.Build.targets"), "<Project />");
        File.WriteAllText(Path.Combine(folder, "Directory.Packages.props"), "<Project />");
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            $"""<configuration><packageSources><clear /><add key="local" value="{feed}" /></packageSources></configuration>"""
        );
        File.WriteAllText(
            Path.Combine(folder, "Consumer.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <OutDir>out/</OutDir>
                <UseAppHost>false</UseAppHost>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <RestorePackagesPath>{folder}/packages</RestorePackagesPath>
                <RestoreFallbackFolders>{cache}</RestoreFallbackFolders>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Ilab.Configuration" Version="[{version}]" />
              </ItemGroup>
            </Project>
            """
        );
    }

    private static string Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What runs the tests tells its children where its own packages and projects are.
        foreach (var name in start.Environment.Keys.Where(static key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: {output}{error.Result}");
        return output;
    }
}
