using System.Threading.Channels;
using Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Tests.Serving.Runners;

/// <summary>The state of a fake runner, told to everybody who watches.</summary>
internal sealed class FakeStatus
{
    private readonly Lock _gate = new();
    private readonly List<Channel<RunnerStatus>> _watchers = [];
    private RunnerStatus _now = new() { State = RunnerStatus.Types.State.Loading, Fraction = 0.25f };

    public void Set(RunnerStatus status)
    {
        lock (_gate)
        {
            _now = status;
            _watchers.ForEach(w => w.Writer.TryWrite(status));
        }
    }

    public ChannelReader<RunnerStatus> Watch()
    {
        lock (_gate)
        {
            var channel = Channel.CreateUnbounded<RunnerStatus>();
            channel.Writer.TryWrite(_now);
            _watchers.Add(channel);
            return channel.Reader;
        }
    }
}
