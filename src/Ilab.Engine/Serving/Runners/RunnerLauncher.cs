using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

/// <summary>Starts the real <c>ilab-runner</c>.</summary>
public sealed class RunnerLauncher : IRunnerLauncher, IDisposable
{
    private readonly string _program;
    private readonly ChildReaper _reaper = new();

    public RunnerLauncher(string program)
    {
        _program = program;
    }

    public IRunnerProcess Launch(Bundle bundle, string kind)
    {
        if (!File.Exists(_program))
        {
            throw new EngineException(
                ErrorKind.Internal,
                $"the runner program {_program} does not exist",
                "complete the installation, or set --runner or ILAB_RUNNER"
            );
        }

        // Until the runner redirects its own output, output of the process (or the runtime) goes to the same log.
        var environment = RunnerEnvironment.For(bundle.ReadSpec()?.Device ?? DeviceMemory.Cpu);
        var start = new ProcessStart(_program, [kind, "--bundle", bundle.Directory], environment, bundle.LogPath);
        var pid = ProcessSpawner.Spawn(start, out var error);
        if (pid <= 0)
        {
            throw new EngineException(ErrorKind.Internal, $"{_program} cannot be started: {error}", "check that it is executable");
        }

        return new Child(pid, _reaper.Watch(pid));
    }

    public bool Signal(RunnerReady ready, int signal) =>
        ready.BootId == Boot.Id && ProcessTable.StartTime(ready.Pid) == ready.StartTime && ProcessTable.Kill(ready.Pid, signal);

    public void Dispose() => _reaper.Dispose();

    private sealed record Child(int ProcessId, Task<ExitStatus> Exited) : IRunnerProcess;
}
