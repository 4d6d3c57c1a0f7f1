using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Ilab.Engine.Errors;
using Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Serving.Runners;

/// <summary>All generations of one runner over one stream. Outlives the stream: when it breaks and the runner still lives, the next
/// one goes on where readers stopped.</summary>
internal sealed class RunnerSession
{
    private readonly ConcurrentDictionary<string, GenerationTrack> _tracks = new(StringComparer.Ordinal);
    private readonly Channel<SessionCommand> _commands = Channel.CreateUnbounded<SessionCommand>(new UnboundedChannelOptions { SingleReader = true });

    private volatile Exception? _closed;

    public RunnerSession(TimeProvider time, TimeSpan orphanGrace)
    {
        Time = time;
        OrphanGrace = orphanGrace;
    }

    public TimeProvider Time { get; }

    /// <summary>How long a generation goes on with nobody reading.</summary>
    public TimeSpan OrphanGrace { get; }

    /// <summary>True while a generation has not been heard to its end.</summary>
    public bool IsBusy => !_tracks.IsEmpty;

    /// <summary>Starts a generation.</summary>
    public GenerationReader Submit(Submit submit)
    {
        var track = new GenerationTrack(this, submit.GenerationId, submit);
        if (!_tracks.TryAdd(submit.GenerationId, track))
        {
            throw new EngineException(
                ErrorKind.AlreadyExists,
                $"a generation with the id {submit.GenerationId} is already running",
                "attach to it, or use another id"
            );
        }

        var reader = track.Join(0, attach: false);
        Send(new SessionCommand { Submit = submit });
        FailIfClosed(track);
        return reader;
    }

    /// <summary>Reads a generation from <paramref name="offset"/> on; unknown ones fail with <see cref="ErrorKind.NotFound"/>.</summary>
    public GenerationReader Attach(string id, ulong offset)
    {
        while (true)
        {
            var track = _tracks.GetOrAdd(id, key => new GenerationTrack(this, key, null));
            var reader = track.Join(offset, attach: true);
            if (!track.Ended.IsCompleted)
            {
                FailIfClosed(track);
                return reader;
            }

            // It ended between the two lines: the runner still has its events under a new track.
            _tracks.TryRemove(KeyValuePair.Create(id, track));
        }
    }

    /// <summary>Asks for the end of a generation; false when this service does not know it here.</summary>
    public bool Cancel(string id)
    {
        if (!_tracks.TryGetValue(id, out var track))
        {
            return false;
        }

        track.Cancel();
        return true;
    }

    /// <summary>Fails everything that runs and everything that comes.</summary>
    public void Close(Exception reason)
    {
        _closed = reason;
        foreach (var track in _tracks.Values)
        {
            FailIfClosed(track);
        }
    }

    public void Send(SessionCommand command) => _commands.Writer.TryWrite(command);

    /// <summary>Carries commands and events over a fresh stream until it breaks.</summary>
    public async Task RunAsync(RunnerClient client, CancellationToken cancellationToken)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = client.OpenSession(broken.Token);
        foreach (var command in _tracks.Values.SelectMany(t => t.Resume()))
        {
            Send(command);
        }

        var writing = WriteAsync(call.RequestStream, broken.Token);
        try
        {
            while (await call.ResponseStream.MoveNext(broken.Token).ConfigureAwait(false))
            {
                foreach (var e in call.ResponseStream.Current.Events)
                {
                    if (_tracks.TryGetValue(e.GenerationId, out var track) && track.Deliver(e))
                    {
                        _tracks.TryRemove(KeyValuePair.Create(e.GenerationId, track));
                    }
                }
            }
        }
        finally
        {
            await broken.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WriteAsync(IClientStreamWriter<SessionCommand> stream, CancellationToken cancellationToken)
    {
        while (await _commands.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (!cancellationToken.IsCancellationRequested && _commands.Reader.TryRead(out var command))
            {
                if (command.Submit is { } submit && _tracks.TryGetValue(submit.GenerationId, out var track))
                {
                    track.Sent = true;
                }

                await stream.WriteAsync(command, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void FailIfClosed(GenerationTrack track)
    {
        if (_closed is { } reason)
        {
            track.Fail(reason);
            _tracks.TryRemove(KeyValuePair.Create(track.Id, track));
        }
    }
}
