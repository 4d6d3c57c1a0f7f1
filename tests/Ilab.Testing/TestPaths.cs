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
    /// Whether tests start the programs in artifacts/programs instead of those of the build (ILAB_TEST_PROGRAMS=installed): what packaging/build.sh made,
    /// of the same commit and without the starter model. They are compiled ahead of time and start in a fraction of the time.
    /// </summary>
    public static bool ProgramsAreInstalled => Environment.GetEnvironmentVariable("ILAB_TEST_PROGRAMS") == "installed";

    public static string Client => ProgramsAreInstalled ? Installed("ilab") : BuildOutput("Ilab.Cli", "ilab");

    public static string Service => ProgramsAreInstalled ? Installed("ilabd") : BuildOutput("Ilab.Daemon", "ilabd");

    public static string Runner => ProgramsAreInstalled ? Installed("ilab-runner") : BuildOutput("Ilab.Runner", "ilab-runner");

    private static string Installed(string program) => Path.Combine(Repository, "artifacts", "programs", program);

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
