using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Ilab.Engine.Hosting;
using Ilab.Posix.Files;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ilab.Engine.Events;

/// <summary>
/// Distributes events to subscribers and keeps the last ten thousand on disk. Publishing never blocks: a slow subscriber loses the oldest events it has not
/// read.
/// </summary>
public sealed class EventBus : IDisposable
{
    private const int Kept = 10_000;
    private const int Backlog = 1_000;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly string _path;
    private readonly LinkedList<EngineEvent> _recent = new();
    private readonly List<Channel<EngineEvent>> _listeners = [];
    private readonly ILogger _log;
    private readonly Func<string, Stream> _open;
    private EventFile _file;
    private int _lines;

    public EventBus(EngineOptions options, TimeProvider time, ILogger<EventBus>? log = null)
        : this(options, time, log, static path => new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, 0)) { }

    /// <param name="open">Opens the event file for writing.</param>
    internal EventBus(EngineOptions options, TimeProvider time, ILogger? log, Func<string, Stream> open)
    {
        (_time, _log, _open) = (time, log ?? NullLogger.Instance, open);
        _path = Path.Combine(options.StoreDirectory, "events.jsonl");
        Directory.CreateDirectory(options.StoreDirectory);
        foreach (var entry in ReadFile().TakeLast(Kept))
        {
            _recent.AddLast(entry);
        }

        _file = Rewrite();
    }

    public void Publish(string type, string action, string id, string name, params (string Key, string Value)[] attributes)
    {
        var entry = new EngineEvent(_time.GetUtcNow(), type, action, id, name, attributes.ToDictionary(static pair => pair.Key, static pair => pair.Value));
        lock (_gate)
        {
            _recent.AddLast(entry);
            if (_recent.Count > Kept)
            {
                _recent.RemoveFirst();
            }

            Write(entry);
            foreach (var listener in _listeners)
            {
                listener.Writer.TryWrite(entry);
            }
        }
    }

    /// <summary>Events since a point in time and, with <paramref name="follow"/>, new ones as they happen.</summary>
    public async IAsyncEnumerable<EngineEvent> SubscribeAsync(
        DateTimeOffset? since,
        DateTimeOffset? until,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var channel = Channel.CreateBounded<EngineEvent>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest });
        EngineEvent[] past;
        lock (_gate)
        {
            past = since is { } from ? [.. _recent.Where(entry => entry.Time >= from)] : [];
            if (follow)
            {
                _listeners.Add(channel);
            }
        }

        try
        {
            foreach (var entry in past.Where(entry => until is null || entry.Time <= until))
            {
                yield return entry;
            }

            while (follow)
            {
                if (until is { } end && _time.GetUtcNow() >= end)
                {
                    yield break;
                }

                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                if (until is { } last)
                {
                    limit.CancelAfter(last - _time.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.Zero);
                }

                EngineEvent next;
                try
                {
                    next = await channel.Reader.ReadAsync(limit.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    yield break;
                }

                yield return next;
            }
        }
        finally
        {
            lock (_gate)
            {
                _listeners.Remove(channel);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file.Dispose();
        }
    }

    private void Write(EngineEvent entry)
    {
        // A full disk must not stop what the event reports; the event stays in memory.
        if (_file.Append(JsonSerializer.Serialize(entry, EventsJson.Default.EngineEvent)) is { } failure)
        {
            EventsLog.NotWritten(_log, failure, _path);
        }

        if (++_lines > Kept * 2 && _file.Waiting == 0)
        {
            _file.Dispose();
            _file = Rewrite();
        }
    }

    private EventFile Rewrite()
    {
        try
        {
            var lines = _recent.Select(static entry => JsonSerializer.Serialize(entry, EventsJson.Default.EngineEvent) + "\n");
            AtomicFile.Write(_path, Encoding.UTF8.GetBytes(string.Concat(lines)));
        }
        catch (IOException)
        {
            // Keep using the old file.
        }

        _lines = _recent.Count;
        return new EventFile(() => _open(_path), _time, Kept);
    }

    private IEnumerable<EngineEvent> ReadFile()
    {
        foreach (var line in File.Exists(_path) ? File.ReadAllLines(_path) : [])
        {
            EngineEvent? entry = null;
            try
            {
                entry = JsonSerializer.Deserialize(line, EventsJson.Default.EngineEvent);
            }
            catch (JsonException)
            {
                // A partial last line: the service was killed while writing it.
            }

            if (entry is not null)
            {
                yield return entry;
            }
        }
    }
}

[JsonSerializable(typeof(EngineEvent))]
internal sealed partial class EventsJson : JsonSerializerContext;
