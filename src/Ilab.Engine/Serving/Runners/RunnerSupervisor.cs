using System.Collections.Concurrent;
using Ilab.Engine.Errors;
using Ilab.Runner.Contract.Bundles;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Serving.Runners;

/// <summary>
/// Starts and adopts runners, communicates with them, and detects their end. A slow runner is never considered dead: only the exit of a child or a released
/// lock counts.
/// </summary>
public sealed partial class RunnerSupervisor : IAsyncDisposable
{
    private readonly BundleStore _bundles;
    private readonly IRunnerLauncher _launcher;
    private readonly TimeProvider _time;
    private readonly TimeSpan _orphanGrace;
    private readonly ILogger<RunnerSupervisor> _log;
    private readonly ConcurrentDictionary<string, RunnerHandle> _runners = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _shutdown = new();

    public RunnerSupervisor(BundleStore bundles, IRunnerLauncher launcher, TimeSpan orphanGrace, TimeProvider time, ILogger<RunnerSupervisor> log)
    {
        _bundles = bundles;
        _launcher = launcher;
        _orphanGrace = orphanGrace;
        _time = time;
        _log = log;
    }

    /// <summary>The live runners.</summary>
    public IEnumerable<RunnerHandle> Runners => _runners.Values;

    /// <summary>Null if it is not alive.</summary>
    public RunnerHandle? Find(string id) => _runners.GetValueOrDefault(id);

    /// <summary>Writes the bundle, then starts the process. Progress, readiness and end are reported to <paramref name="observer"/>.</summary>
    /// <exception cref="EngineException">The process cannot be started.</exception>
    public RunnerHandle Start(RunnerSpec spec, IRunnerObserver observer)
    {
        Bundle bundle;
        try
        {
            bundle = _bundles.Create(spec);
            // With the time and boot id as written: later updates rewrite the whole spec.
            spec = bundle.ReadSpec() ?? spec;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(ErrorKind.Internal, $"cannot create the runner's directory: {e.Message}", "check the runtime directory", e);
        }

        IRunnerProcess process;
        try
        {
            process = _launcher.Launch(bundle, spec.Kind);
        }
        catch
        {
            _bundles.Remove(bundle);
            throw;
        }

        RunnersLog.Started(_log, spec.Id, spec.Model.Name, process.ProcessId);
        return Supervise(new RunnerHandle(bundle, spec, NewSession(), process), observer);
    }

    /// <summary>Adopts a runner that an earlier service started.</summary>
    public RunnerHandle Adopt(Bundle bundle, RunnerSpec spec, IRunnerObserver observer)
    {
        RunnersLog.Adopted(_log, spec.Id, spec.Model.Name);
        return Supervise(new RunnerHandle(bundle, spec, NewSession(), null) { Ready = bundle.ReadReady() }, observer);
    }

    /// <summary>Writes the measured memory to the spec, where the next service reads it.</summary>
    public void Correct(RunnerHandle runner, long memory, long hostMemory) =>
        Write(runner, runner.Spec with { MemoryReserved = memory, HostMemoryReserved = hostMemory });

    /// <summary>Records whether the model stays loaded until it is stopped, also for the next service.</summary>
    public void Pin(RunnerHandle runner, bool pinned) => Write(runner, runner.Spec with { IsPinned = pinned });

    private void Write(RunnerHandle runner, RunnerSpec spec)
    {
        runner.Spec = spec;
        try
        {
            runner.Bundle.WriteSpec(runner.Spec);
        }
        catch (IOException e)
        {
            RunnersLog.SpecNotCorrected(_log, runner.Id, e.Message);
        }
    }

    /// <summary>
    /// Disconnects from all runners and leaves them running: readers fail with <see cref="ErrorKind.Busy"/>, the next service adopts the runners.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_shutdown.IsCancellationRequested)
        {
            return;
        }

        await _shutdown.CancelAsync().ConfigureAwait(false);
        foreach (var runner in _runners.Values)
        {
            runner.Session.Close(new EngineException(ErrorKind.Busy, "the service is stopping", "the generation continues: attach to it again"));
            await runner.Supervision.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            runner.Client?.Dispose();
        }
    }

    private RunnerSession NewSession() => new(_time, _orphanGrace);

    private RunnerHandle Supervise(RunnerHandle runner, IRunnerObserver observer)
    {
        _runners[runner.Id] = runner;
        runner.Supervision = Task.Run(() => SuperviseAsync(runner, observer, _shutdown.Token), CancellationToken.None);
        return runner;
    }

    private async Task SuperviseAsync(RunnerHandle runner, IRunnerObserver observer, CancellationToken cancellationToken)
    {
        try
        {
            if (await WaitReadyAsync(runner, cancellationToken).ConfigureAwait(false) is { } ready)
            {
                runner.Ready = ready;
                runner.Client = new RunnerClient(ready.Socket);
                await ConverseAsync(runner, observer, cancellationToken).ConfigureAwait(false);
            }

            var end = await FindEndAsync(runner, cancellationToken).ConfigureAwait(false);
            FinishRunner(runner, end, observer);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The service stops; the runner does not.
        }
        catch (Exception e)
        {
            // A bug here must not leave readers waiting forever.
            RunnersLog.SupervisionFailed(_log, runner.Id, e);
            FinishRunner(runner, new RunnerEnd { Message = "supervision failed: " + e.Message }, observer);
        }
    }

    private void FinishRunner(RunnerHandle runner, RunnerEnd end, IRunnerObserver observer)
    {
        var name = runner.Spec.Model.Name;
        RunnersLog.Ended(_log, runner.Id, name, end.Describe());
        _runners.TryRemove(runner.Id, out _);
        runner.HasEnded = true;
        runner.Session.Close(LostError(runner, end));
        runner.Client?.Dispose();
        observer.OnEnded(runner, end);
        _bundles.Remove(runner.Bundle);
        runner.Gone.TrySetResult();
    }

    /// <summary>The error for readers of a runner that has ended.</summary>
    internal static EngineException LostError(RunnerHandle runner, RunnerEnd end)
    {
        if (end.Kind is { } kind)
        {
            return new EngineException(kind, end.Message);
        }

        var hint = end.Signal == 9 ? "the system may have run out of memory; try again, the model will be reloaded" : "try again: the model will be reloaded";
        return new EngineException(ErrorKind.RunnerLost, $"the runner of {runner.Spec.Model.Name} died: {end.Describe()}", hint);
    }
}
