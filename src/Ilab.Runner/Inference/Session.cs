using Grpc.Core;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>
/// A reader of many generations. Their events are batched into frames: the first and the last event of a generation are sent immediately, the others at most
/// twenty times a second, so that readers do not compete with the decoder for the cores.
/// </summary>
internal sealed class Session(GenerationTable generations)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ulong> _offsets = [];
    private readonly SemaphoreSlim _news = new(0, 1);
    private readonly SemaphoreSlim _urgent = new(0, 1);
    private int _told;
    private int _toldUrgent;

    /// <summary>Reads a generation starting at an offset.</summary>
    public void Attach(string id, ulong offset)
    {
        lock (_gate)
        {
            if (_offsets.TryAdd(id, offset))
            {
                generations.AddReader(id);
            }
            else
            {
                _offsets[id] = offset;
            }
        }

        Tell(urgent: true);
    }

    /// <summary>Signals new output; called on the decode thread, so it only sets a flag and wakes the writer.</summary>
    public void Tell(bool urgent)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            _news.Release();
        }

        if (urgent && Interlocked.Exchange(ref _toldUrgent, 1) == 0)
        {
            _urgent.Release();
        }
    }

    /// <summary>Writes frames until cancelled.</summary>
    public async Task PumpAsync(IServerStreamWriter<SessionFrame> writer, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _news.WaitAsync(cancellationToken);
                Volatile.Write(ref _told, 0);
                var frame = Collect();
                if (frame.Events.Count > 0)
                {
                    await writer.WriteAsync(frame, cancellationToken);
                }

                if (await _urgent.WaitAsync(Pace, cancellationToken))
                {
                    Volatile.Write(ref _toldUrgent, 0);
                }
            }
        }
        finally
        {
            Detach();
        }
    }

    private SessionFrame Collect()
    {
        var frame = new SessionFrame();
        lock (_gate)
        {
            foreach (var id in _offsets.Keys.ToArray())
            {
                var log = generations.Find(id);
                var ended = log is null || log.Ended;
                _offsets[id] = log?.Read(_offsets[id], frame.Events) ?? 0;
                if (ended)
                {
                    _offsets.Remove(id);
                    generations.RemoveReader(id);
                }
            }
        }

        return frame;
    }

    private void Detach()
    {
        lock (_gate)
        {
            foreach (var id in _offsets.Keys)
            {
                generations.RemoveReader(id);
            }

            _offsets.Clear();
        }
    }
}
