using System.Collections.Concurrent;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Tests.Serving.Scheduling;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Tests.Serving.Runners;

/// <summary>Starts fake runners, which live on when the engine that started them goes.</summary>
internal sealed class FakeLauncher : IRunnerLauncher
{
    public FakePlan Plan { get; set; } = new();

    public ConcurrentQueue<FakeRunner> Started { get; } = new();

    public FakeRunner Last => Started.Last();

    public IRunnerProcess Launch(Bundle bundle, string kind)
    {
        var runner = new FakeRunner(bundle, Plan);
        Started.Enqueue(runner);
        Changes.Tell();
        return runner;
    }

    public bool Signal(RunnerReady ready, int signal) => false;
}
