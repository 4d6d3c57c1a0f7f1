using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

/// <summary>A living runner as this service sees it.</summary>
public sealed class RunnerHandle
{
    internal RunnerHandle(Bundle bundle, RunnerSpec spec, RunnerSession session, IRunnerProcess? process)
    {
        Bundle = bundle;
        Spec = spec;
        Session = session;
        Process = process;
    }

    public string Id => Spec.Id;

    public Bundle Bundle { get; }

    public RunnerSpec Spec { get; internal set; }

    /// <summary>Process number; 0 until it is known.</summary>
    public int ProcessId => Process?.ProcessId ?? Ready?.Pid ?? 0;

    /// <summary>All generations of this runner.</summary>
    internal RunnerSession Session { get; }

    /// <summary>Null when an earlier service started it.</summary>
    internal IRunnerProcess? Process { get; }

    /// <summary>What it said of itself; null until its socket listens.</summary>
    internal RunnerReady? Ready { get; set; }

    /// <summary>Null until its socket listens.</summary>
    internal RunnerClient? Client { get; set; }

    /// <summary>Ends when the process is gone or the service lets go of it.</summary>
    internal Task Supervision { get; set; } = Task.CompletedTask;

    /// <summary>Set when it has agreed to stop and generates nothing any more: it waits for its connections to end.</summary>
    internal TaskCompletionSource Drained { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set by the supervisor when the process is gone.</summary>
    internal TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
