using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

/// <summary>Starts runner processes.</summary>
public interface IRunnerLauncher
{
    /// <summary>Starts <c>ilab-runner</c> on the bundle, detached from this process's terminal and sockets.</summary>
    /// <param name="kind">The runner's task, one of <see cref="RunnerKinds"/>.</param>
    /// <exception cref="Errors.EngineException">The program cannot be started.</exception>
    IRunnerProcess Launch(Bundle bundle, string kind);

    /// <summary>Sends a signal to a runner that this process did not start; false if the process does not exist.</summary>
    bool Signal(RunnerReady ready, int signal);
}

/// <summary>A runner started by this process: only the parent process learns its exit status.</summary>
public interface IRunnerProcess
{
    int ProcessId { get; }

    /// <summary>Completes with the exit status when the process has been reaped.</summary>
    Task<ExitStatus> Exited { get; }
}
