namespace Ilab.Runner.Contract.Bundles;

/// <summary>Names of the files in a bundle folder.</summary>
public static class BundleFiles
{
    /// <summary>The folder of all bundles, under the runtime folder.</summary>
    public const string Folder = "runners";

    /// <summary>Written by the service before the process starts: a <see cref="RunnerSpec"/> or a <see cref="Tasks.TaskSpec"/>.</summary>
    public const string Spec = "spec";

    /// <summary>Held (flock) by the runner for its whole life.</summary>
    public const string Lock = "lock";

    public const string Ready = "ready.json";
    public const string Exit = "exit.json";
    public const string Socket = "runner.sock";
    public const string Log = "runner.log";
}
