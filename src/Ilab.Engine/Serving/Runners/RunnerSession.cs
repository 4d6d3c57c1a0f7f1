using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Ilab.Engine.Errors;
using Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Serving.Runners;

/// <summary>
/// Multiplexes all generations of a runner over one stream. Outlives the stream: when it breaks and the runner is still alive, the next stream continues where
/// the readers stopped.
/// </summary>
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

    /// <summary>How long a generation continues without a reader.</summary>
    public TimeSpan OrphanGrace { get; }

    /// <summary>Whether any generation has not ended yet.</summary>
    public bool IsBusy => !_tracks.IsEmpty;

    /// <summary>Ids of the generations that have not ended.</summary>
    public ICollection<string> Running => _tracks.Keys;

    /// <summary>Starts a generation.</summary>
    /// <param name="used">Told how many tokens prompt and answer have, before any reader knows of the end; null = nobody.</param>
    public GenerationReader Submit(Submit submit, Action<int>? used = null)
    {
        var track = new GenerationTrack(this, submit.GenerationId, submit) { Used = used };
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

    /// <summary>Reads a generation starting at <paramref name="offset"/>; fails with <see cref="ErrorKind.NotFound"/> if it is unknown.</summary>
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

            // It ended between these two lines: the runner still has its events, so use a new track.
            _tracks.TryRemove(KeyValuePair.Create(id, track));
        }
    }

    /// <summary>Requests cancellation of a generation; false if it is unknown here.</summary>
    public bool Cancel(string id)
    {
        if (!_tracks.TryGetValue(id, out var track))
        {
            return false;
        }

        track.Cancel();
        return true;
    }

    /// <summary>Fails all current and future generations.</summary>
    public void Close(Exception reason)
    {
        _closed = reason;
        foreach (var track in _tracks.Values)
        {
            FailIfClosed(track);
        }
    }

    public void Send(SessionCommand command) => _commands.Writer.TryWrite(command);

    /// <summary>Transfers commands and events over a new stream until it breaks.</summary>
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
