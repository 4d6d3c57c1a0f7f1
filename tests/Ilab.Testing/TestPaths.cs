namespace Ilab.Testing;

/// <summary>Where things are that tests look at.</summary>
public static class TestPaths
{
    /// <summary>Top of the checkout.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>`debug` or `release`: the build that the running tests belong to.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Name;

    /// <summary>Real models and data beside the checkout, or in <c>ILAB_TEST_SHARED</c>; null when there are none: what needs them says so.</summary>
    public static string? Shared { get; } = FindShared();

    /// <summary>The llama.cpp libraries as the runner's build linked them.</summary>
    public static string NativeLibraries { get; } = Path.Combine(FindRepository(), "artifacts", "bin", "Ilab.Runner", Configuration, "native");

    /// <summary>The small real model that speaks of a little girl named Lily, or null.</summary>
    public static string? Stories =>
        Shared is { } folder && File.Exists(Path.Combine(folder, "models", "stories260K.gguf")) ? Path.Combine(folder, "models", "stories260K.gguf") : null;

    public static string BuildOutput(string project, string file) => Path.Combine(Repository, "artifacts", "bin", project, Configuration, file);

    /// <summary>
    /// The client that tests start. With ILAB_TEST_CLIENT=installed it is the one that packaging/build.sh made, which must be of the same commit: it starts in
    /// a fraction of the time.
    /// </summary>
    public static string Client => ClientIsInstalled ? Path.Combine(Repository, "artifacts", "dist", "bin", "ilab") : BuildOutput("Ilab.Cli", "ilab");

    public static bool ClientIsInstalled => Environment.GetEnvironmentVariable("ILAB_TEST_CLIENT") == "installed";

    private static string FindRepository()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "ilab.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("the tests do not run from a checkout");
    }

    private static string? FindShared()
    {
        string?[] candidates = [Environment.GetEnvironmentVariable("ILAB_TEST_SHARED"), Path.Combine(FindRepository(), "..", "shared")];
        return candidates.FirstOrDefault(static folder => folder is not null && Directory.Exists(Path.Combine(folder, "models")));
    }
}
