using System.Threading.Channels;
using Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Serving.Runners;

/// <summary>One reader of a generation. Takes every event exactly once and in order, whatever is sent again after a new attach.</summary>
internal sealed class GenerationReader : IDisposable
{
    // No limit of its own: a generation has no more events than its context has tokens, and a slow reader must not hold up the
    // session that carries everybody's events.
    private readonly Channel<GenerationEvent> _events = Channel.CreateUnbounded<GenerationEvent>(new UnboundedChannelOptions { SingleReader = true });

    private readonly GenerationTrack _track;
    private ulong? _asked;

    public GenerationReader(GenerationTrack track, ulong next)
    {
        _track = track;
        Next = next;
    }

    /// <summary>Number of the next event wanted.</summary>
    public ulong Next { get; private set; }

    public ChannelReader<GenerationEvent> Events => _events.Reader;

    /// <summary>Ends when the generation has.</summary>
    public Task Ended => _track.Ended;

    /// <summary>Takes an event if it is the next one; true asks for those that were missed (once for each gap).</summary>
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

    /// <summary>The reader leaves; the generation goes on for its grace time.</summary>
    public void Dispose() => _track.Leave(this);
}
