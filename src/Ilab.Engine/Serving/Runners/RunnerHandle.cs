using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

/// <summary>A live runner.</summary>
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

    /// <summary>Process id; 0 until known.</summary>
    public int ProcessId => Process?.ProcessId ?? Ready?.Pid ?? 0;

    /// <summary>The generations of this runner.</summary>
    internal RunnerSession Session { get; }

    /// <summary>Null if an earlier service started it.</summary>
    internal IRunnerProcess? Process { get; }

    /// <summary>What the runner announced; null until its socket is listening.</summary>
    internal RunnerReady? Ready { get; set; }

    /// <summary>Null until its socket is listening.</summary>
    internal RunnerClient? Client { get; set; }

    /// <summary>Completes when the process has ended or the service lets go of it.</summary>
    internal Task Supervision { get; set; } = Task.CompletedTask;

    /// <summary>Set when it has agreed to stop and has no generations left: it waits for its connections to close.</summary>
    internal TaskCompletionSource Drained { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set by the supervisor when the process has ended.</summary>
    internal TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
