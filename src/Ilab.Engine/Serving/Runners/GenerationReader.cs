using System.Threading.Channels;
using Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Serving.Runners;

/// <summary>A reader of a generation. Receives every event exactly once and in order, even if events are resent after reattaching.</summary>
internal sealed class GenerationReader : IDisposable
{
    // Unbounded: a generation has at most as many events as its context has tokens, and a slow reader must not block the session shared by all generations.
    private readonly Channel<GenerationEvent> _events = Channel.CreateUnbounded<GenerationEvent>(new UnboundedChannelOptions { SingleReader = true });

    private readonly GenerationTrack _track;
    private ulong? _asked;

    public GenerationReader(GenerationTrack track, ulong next)
    {
        _track = track;
        Next = next;
    }

    /// <summary>Number of the next event to receive.</summary>
    public ulong Next { get; private set; }

    public ChannelReader<GenerationEvent> Events => _events.Reader;

    /// <summary>Completes when the generation ends.</summary>
    public Task Ended => _track.Ended;

    /// <summary>Accepts an event if it is the next one; returns true if missing events have to be requested (once per gap).</summary>
    public bool Offer(GenerationEvent e)
    {
        if (e.Offset == Next)
        {
            Next++;
            _events.Writer.TryWrite(e);
            return false;
        }

        if (e.Offset < Next || _asked == Next)
        {
            return false;
        }

        _asked = Next;
        return true;
    }

    public void Complete(Exception? error) => _events.Writer.TryComplete(error);

    /// <summary>The reader leaves; the generation continues for its grace period.</summary>
    public void Dispose() => _track.Leave(this);
}
