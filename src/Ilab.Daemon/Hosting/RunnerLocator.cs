namespace Ilab.Daemon.Hosting;

/// <summary>Locates the ilab-runner program: at the configured path, next to this program, or in the build output of a checkout.</summary>
internal static class RunnerLocator
{
    private const string Program = "ilab-runner";

    public static string Find(string configured)
    {
        if (configured.Length > 0)
        {
            return configured;
        }

        var here = AppContext.BaseDirectory.TrimEnd('/');
        var beside = Path.Combine(here, Program);
        var built = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(here)) ?? "/", "Ilab.Runner", Path.GetFileName(here), Program);
        return File.Exists(beside) || !File.Exists(built) ? beside : built;
    }

    /// <summary>Where a runner will look for the llama.cpp libraries, and any problem there; nothing is loaded.</summary>
    public static (string Directory, string Problem) NativeLibraries(string runner, string? configured)
    {
        const string Main = "libllama.v0.5.0.so";
        var directory = configured ?? Environment.GetEnvironmentVariable("ILAB_LLAMA_DIR") ?? Path.Combine(Path.GetDirectoryName(runner) ?? "/", "native");
        var problem =
            !Directory.Exists(directory) ? $"{directory} does not exist"
            : !File.Exists(Path.Combine(directory, Main)) && !File.Exists(Path.Combine(directory, "libllama.so")) ? $"{directory} does not contain {Main}"
            : !File.Exists(runner) ? $"{runner} does not exist"
            : "";
        return (directory, problem);
    }
}
