using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

/// <summary>A live runner.</summary>
public sealed class RunnerHandle
{
    private bool _hasEnded;

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

    /// <summary>Whether the process is known to have ended; set before its generations are told, so that none of them counts as answered.</summary>
    internal bool HasEnded
    {
        get => Volatile.Read(ref _hasEnded);
        set => Volatile.Write(ref _hasEnded, value);
    }

    /// <summary>Set by the supervisor when the process has ended, and everything about it is settled.</summary>
    internal TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
