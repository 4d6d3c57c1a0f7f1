namespace Ilab.Engine.Serving.Runners;

/// <summary>Receives runner events. Called from any thread; must not block.</summary>
public interface IRunnerObserver
{
    void OnReport(RunnerHandle runner, RunnerReport report);

    /// <summary>The runner is alive (its lock is held) but its socket does not respond.</summary>
    void OnUnreachable(RunnerHandle runner);

    /// <summary>The process is gone. Its generations have been failed already.</summary>
    void OnEnded(RunnerHandle runner, RunnerEnd end);
}
