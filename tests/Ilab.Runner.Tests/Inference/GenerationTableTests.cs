using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Tests.Inference;

public sealed class GenerationTableTests
{
    [Fact]
    public void EndedGenerationsAreKeptAsFarAsThereIsRoomAndRunningOnesAlways()
    {
        var table = new GenerationTable(TimeProvider.System);
        var running = new GenerationLog("running");
        Assert.True(table.TryAdd(running, TimeSpan.FromMinutes(1)));
        AddEnded("early", 100);
        table.Sweep();
        AddEnded("late", 4096);
        table.Sweep();
        Assert.Same(running, table.Find("running"));
        Assert.Null(table.Find("early-0"));
        Assert.All(Enumerable.Range(0, 4096), number => Assert.NotNull(table.Find($"late-{number}")));

        void AddEnded(string name, int count)
        {
            for (var number = 0; number < count; number++)
            {
                var log = new GenerationLog($"{name}-{number}");
                log.Add(new GenerationEvent { Finished = new Finished() });
                Assert.True(table.TryAdd(log, TimeSpan.FromMinutes(1)));
            }
        }
    }
}
