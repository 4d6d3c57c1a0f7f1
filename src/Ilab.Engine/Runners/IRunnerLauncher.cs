namespace Ilab.Engine.Runners;

/// <summary>Starts the process of a bundle.</summary>
public interface IRunnerLauncher
{
    /// <summary>Starts <c>ilab-runner</c> on the bundle, detached from this process's terminal and sockets.</summary>
    /// <exception cref="Errors.EngineException">The program cannot be started.</exception>
    IRunnerProcess Launch(Bundle bundle);

    /// <summary>Sends a signal to a runner that this process did not start; false when there is no such process.</summary>
    bool Signal(RunnerReady ready, int signal);
}

/// <summary>A runner started by this process: only its parent learns how it ended.</summary>
public interface IRunnerProcess
{
    int ProcessId { get; }

    /// <summary>Ends with the exit status when the process has been reaped.</summary>
    Task<ExitStatus> Exited { get; }
}

/// <summary>How a child process ended: an exit code, or the signal that killed it.</summary>
public sealed record ExitStatus(int Code, int? Signal)
{
    /// <summary>Reads the status of <c>waitpid</c>.</summary>
    public static ExitStatus FromWait(int status) =>
        (status & 0x7f) == 0 ? new ExitStatus((status >> 8) & 0xff, null) : new ExitStatus(128 + (status & 0x7f), status & 0x7f);
}
