using Ilab.Engine.Serving.Runners;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Workloads.Training;

/// <summary>
/// The runner process of one training. Its bundle lies in the job's folder: it outlives this service and the machine's runtime folder, and whoever comes next
/// finds the runner at work by its lock.
/// </summary>
internal sealed class TrainingRunner(IRunnerLauncher launcher, string folder, TimeProvider time)
{
    private const int Terminate = 15, Kill = 9;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Bundle _bundle = new(folder);

    /// <summary>A runner is at work, whoever started it.</summary>
    public bool IsRunning => _bundle.IsLockHeld;

    /// <summary>Goes with the living runner, or starts one; ends when the runner has.</summary>
    /// <param name="tick">Called again and again meanwhile, and once after the end.</param>
    /// <returns>Null = it left no word: it was killed, or crashed.</returns>
    public async Task<RunnerExit?> RunAsync(RunnerSpec spec, Action tick, CancellationToken cancellationToken)
    {
        IRunnerProcess? child = null;
        if (!_bundle.IsLockHeld)
        {
            _bundle.Create();
            File.Delete(_bundle.ExitPath);
            File.Delete(_bundle.ReadyPath);
            _bundle.WriteSpec(spec with { CreatedAt = time.GetUtcNow(), BootId = Boot.Id });
            child = launcher.Launch(_bundle, spec.Kind);
        }

        using var timer = new PeriodicTimer(Interval, time);
        while (child is not null ? !child.Exited.IsCompleted : _bundle.IsLockHeld)
        {
            tick();
            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }

        tick();
        return _bundle.ReadExit();
    }

    /// <summary>Ends the runner: at its next step, and by force when that takes too long.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var started = time.GetTimestamp();
        for (var signal = Terminate; _bundle.IsLockHeld; signal = time.GetElapsedTime(started) > Patience ? Kill : 0)
        {
            if (signal > 0 && _bundle.ReadReady() is { } ready)
            {
                launcher.Signal(ready, signal);
            }

            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public IReadOnlyList<string> LogTail() => _bundle.LogTail(3);
}
