using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

/// <summary>Starts the process of a bundle.</summary>
public interface IRunnerLauncher
{
    /// <summary>Starts <c>ilab-runner</c> on the bundle, detached from this process's terminal and sockets.</summary>
    /// <param name="kind">What it is to do, one of <see cref="RunnerKinds"/>.</param>
    /// <exception cref="Errors.EngineException">The program cannot be started.</exception>
    IRunnerProcess Launch(Bundle bundle, string kind);

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
