namespace Ilab.Runner.Processes;

/// <summary>Exit codes of a runner other than 0.</summary>
internal static class ExitCodes
{
    public const int Usage = 2;

    /// <summary>The model cannot be loaded, or the task failed: see exit.json.</summary>
    public const int Failed = 3;

    /// <summary>Another runner holds the bundle's lock, or has done the work: two services started one each.</summary>
    public const int AlreadyRunning = 4;

    /// <summary>A training that was stopped, with a checkpoint.</summary>
    public const int Stopped = 5;
}
