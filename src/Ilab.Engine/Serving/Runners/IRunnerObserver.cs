namespace Ilab.Engine.Serving.Runners;

/// <summary>Hears what happens to runners. Called from any thread; must return at once.</summary>
public interface IRunnerObserver
{
    void OnReport(RunnerHandle runner, RunnerReport report);

    /// <summary>It lives (its lock is held) but its socket does not answer.</summary>
    void OnUnreachable(RunnerHandle runner);

    /// <summary>The process is gone. Its generations have been failed already.</summary>
    void OnEnded(RunnerHandle runner, RunnerEnd end);
}
