using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

/// <summary>The state of a runner according to the files of its bundle.</summary>
public enum BundleCondition
{
    /// <summary>No spec: invalid, to be removed.</summary>
    Rubbish,

    /// <summary>It is alive and has a socket: adopt it, and never kill it for being slow.</summary>
    Running,

    /// <summary>It is alive but has no socket yet, or was just started: keep waiting.</summary>
    Starting,

    /// <summary>It has exited, and its end is recorded.</summary>
    Ended,

    /// <summary>It has exited unobserved: only the end of its log is available.</summary>
    Lost,

    /// <summary>It was never started: the service died in between. Its reservation is void.</summary>
    NeverStarted,
}

/// <summary>The files of a bundle.</summary>
/// <param name="LockHeld">Whether a process holds the lock.</param>
/// <param name="Created">The time in the spec; null if there is no readable spec.</param>
/// <param name="Ready">Whether <c>ready.json</c> exists.</param>
/// <param name="Exit">Whether <c>exit.json</c> exists.</param>
/// <param name="Log">Whether <c>runner.log</c> exists.</param>
public sealed record BundleFacts(bool LockHeld, DateTimeOffset? Created, bool Ready, bool Exit, bool Log)
{
    /// <summary>A process that was just started has not taken its lock yet; during this period a free lock means nothing.</summary>
    public static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(10);

    /// <summary>Reads the files. The lock is checked first: a runner that ends in between has written its exit file by then.</summary>
    public static BundleFacts Of(Bundle bundle)
    {
        var held = bundle.IsLockHeld;
        var spec = bundle.ReadSpec();
        return new BundleFacts(held, spec?.CreatedAt, File.Exists(bundle.ReadyPath), File.Exists(bundle.ExitPath), File.Exists(bundle.LogPath));
    }

    /// <summary>The adoption table.</summary>
    public BundleCondition Classify(DateTimeOffset now)
    {
        if (Created is not { } created)
        {
            return BundleCondition.Rubbish;
        }

        if (LockHeld)
        {
            return Ready ? BundleCondition.Running : BundleCondition.Starting;
        }

        if (Exit)
        {
            return BundleCondition.Ended;
        }

        if (Ready)
        {
            return BundleCondition.Lost;
        }

        if (now - created < StartGrace)
        {
            return BundleCondition.Starting;
        }

        return Log ? BundleCondition.Lost : BundleCondition.NeverStarted;
    }
}
