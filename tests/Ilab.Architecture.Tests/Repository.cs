using System.Reflection;

namespace Ilab.Architecture.Tests;

/// <summary>The checkout that these tests judge: its tracked kinds of files, found from where the test assembly lies.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>`debug` or `release`: the build that this test belongs to.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Name;

    public static IEnumerable<string> ProductSources() => Sources("src");

    public static IEnumerable<string> TestSources() => Sources("tests");

    public static IReadOnlyList<string> Projects(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories).Where(IsOurs).Order(StringComparer.Ordinal)];

    public static string Relative(string path) => Path.GetRelativePath(Root, path);

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories).Where(IsOurs).Order(StringComparer.Ordinal);

    private static bool IsOurs(string path) =>
        !path.Contains("/node_modules/", StringComparison.Ordinal)
        && !path.Contains("/obj/", StringComparison.Ordinal)
        && !path.Contains("/bin/", StringComparison.Ordinal);

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "ilab.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"no ilab.sln above {Assembly.GetExecutingAssembly().Location}");
    }
}
