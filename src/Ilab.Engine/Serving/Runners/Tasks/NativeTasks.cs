using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Engine.Serving.Runners.Tasks;

/// <summary>
/// Processes that do one thing with native code and end: <c>ilab-runner quantize</c>, <c>merge</c>, <c>perplexity</c>. Their folder is the contract: a held lock
/// means alive, exit.json says how it ended. One that outlived the service is waited for, not started again.
/// </summary>
public sealed class NativeTasks(EngineOptions options, TimeProvider time) : IDisposable
{
    private const int Killed = 9;
    private const int TailLines = 3;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(10);

    private readonly ChildReaper _reaper = new();

    /// <summary>Runs a task to its end; one that ended well before is not run again.</summary>
    /// <param name="verb">What the runner is asked to do.</param>
    /// <param name="folder">The task's own; kept, so that the end is known after a restart.</param>
    /// <param name="look">Called now and then while it runs.</param>
    /// <exception cref="EngineException">What the task said, or RUNNER_LOST.</exception>
    public async Task RunAsync(string verb, string folder, TaskSpec spec, Action look, CancellationToken cancellationToken)
    {
        var bundle = new Bundle(folder);
        if (!bundle.IsLockHeld && bundle.ReadExit() is { Code: 0 })
        {
            return;
        }

        var exited = bundle.IsLockHeld ? null : Launch(verb, bundle, spec);
        using var timer = new PeriodicTimer(Look, time);
        var begun = time.GetTimestamp();
        while (exited is null ? bundle.IsLockHeld || (bundle.ReadExit() is null && time.GetElapsedTime(begun) < Start && !File.Exists(bundle.ReadyPath)) : !exited.IsCompleted)
        {
            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
            look();
        }

        var status = exited is null ? null : (ExitStatus?)await exited.ConfigureAwait(false);
        if (bundle.ReadExit() is { } exit)
        {
            ThrowIfFailed(verb, exit);
            return;
        }

        throw new EngineException(
            ErrorKind.RunnerLost,
            $"the {verb} process {(status is { Signal: { } signal } ? $"was ended by signal {signal}" : status is { Code: { } code } ? $"ended with code {code}" : "ended without a word")}",
            string.Join(" | ", bundle.LogTail(TailLines)));
    }

    /// <summary>Ends a task that is not wanted any more.</summary>
    public async Task StopAsync(string folder, CancellationToken cancellationToken)
    {
        var bundle = new Bundle(folder);
        using var timer = new PeriodicTimer(Look, time);
        while (bundle.IsLockHeld)
        {
            if (bundle.ReadReady() is { } ready && ready.BootId == Boot.Id && ProcessTable.StartTime(ready.Pid) == ready.StartTime)
            {
                ProcessTable.Kill(ready.Pid, Killed);
            }

            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _reaper.Dispose();

    internal TaskSpec Complete(TaskSpec spec) => spec with { Threads = options.Threads, NativeDirectory = options.NativeDirectory, Turns = options.TurnsDirectory };

    private static void ThrowIfFailed(string verb, RunnerExit exit)
    {
        if (exit.Code != 0)
        {
            throw new EngineException(ErrorKindNames.Parse(exit.ErrorKind) ?? ErrorKind.Internal, exit.Message.Length > 0 ? exit.Message : $"the {verb} process ended with code {exit.Code}");
        }
    }

    private Task<ExitStatus> Launch(string verb, Bundle bundle, TaskSpec spec)
    {
        if (!File.Exists(options.RunnerPath))
        {
            throw new EngineException(ErrorKind.Internal, $"the runner program {options.RunnerPath} does not exist", "install ilab completely, or say where it is with --runner or ILAB_RUNNER");
        }

        // What an attempt before left must not be taken for the end of this one.
        if (Directory.Exists(bundle.Directory))
        {
            Directory.Delete(bundle.Directory, recursive: true);
        }

        bundle.Create();
        bundle.Write(BundleFiles.Spec, Complete(spec), TaskJson.Default.TaskSpec);
        var pid = ProcessSpawner.Spawn(new ProcessStart(options.RunnerPath, [verb, "--bundle", bundle.Directory], RunnerEnvironment.Current(), bundle.LogPath), out var error);
        return pid > 0 ? _reaper.Watch(pid) : throw new EngineException(ErrorKind.Internal, $"{options.RunnerPath} cannot be started: {error}", "check that it may be executed");
    }
}
