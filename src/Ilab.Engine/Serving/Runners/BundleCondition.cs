using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Runners;

/// <summary>What the files of a bundle say about its runner.</summary>
public enum BundleCondition
{
    /// <summary>No spec: rubbish, to be removed.</summary>
    Rubbish,

    /// <summary>It lives and has a socket: adopt it, and never kill it for slowness.</summary>
    Running,

    /// <summary>It lives and has no socket yet, or was started a moment ago: keep waiting.</summary>
    Starting,

    /// <summary>It is gone and its end is recorded.</summary>
    Ended,

    /// <summary>It is gone and nobody saw how: the last lines of its log are all there is.</summary>
    Lost,

    /// <summary>It was never started: the service died in between. Its reservation is void.</summary>
    NeverStarted,
}

/// <summary>The files of a bundle as adoption sees them.</summary>
/// <param name="LockHeld">Some process holds the lock.</param>
/// <param name="Created">The time in the spec; null = no readable spec.</param>
/// <param name="Ready"><c>ready.json</c> is there.</param>
/// <param name="Exit"><c>exit.json</c> is there.</param>
/// <param name="Log"><c>runner.log</c> is there.</param>
public sealed record BundleFacts(bool LockHeld, DateTimeOffset? Created, bool Ready, bool Exit, bool Log)
{
    /// <summary>A process that was just started has not taken its lock yet; for so long a free lock means nothing.</summary>
    public static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(10);

    /// <summary>Reads them. The lock is asked first: a runner that ends in between has written its exit file by then.</summary>
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
