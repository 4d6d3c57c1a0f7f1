using Ilab.Engine.Errors;
using Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Serving.Runners;

/// <summary>Tracks one generation of a runner: its readers, and what to resend after the session broke.</summary>
internal sealed class GenerationTrack
{
    private readonly Lock _gate = new();
    private readonly List<GenerationReader> _readers = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RunnerSession _session;
    private ITimer? _orphan;
    private bool _over;
    private bool _seen;
    private bool _cancelled;
    private bool _resent;

    public GenerationTrack(RunnerSession session, string id, Submit? submit)
    {
        _session = session;
        Id = id;
        Submit = submit;
    }

    public string Id { get; }

    /// <summary>The request, if this service made it.</summary>
    public Submit? Submit { get; }

    /// <summary>Whether the request may have reached the runner.</summary>
    public bool Sent { get; set; }

    public Task Ended => _ended.Task;

    /// <summary>Told how many tokens prompt and answer have, whether or not anybody reads the end; null = nobody.</summary>
    public Action<int>? Used { get; init; }

    /// <summary>Adds a reader. Requests the earliest event that any reader lacks, so that none misses one.</summary>
    public GenerationReader Join(ulong offset, bool attach)
    {
        lock (_gate)
        {
            var reader = new GenerationReader(this, offset);
            _orphan?.Dispose();
            _orphan = null;
            _readers.Add(reader);
            if (attach)
            {
                _session.Send(new SessionCommand { Attach = AttachCommand() });
            }

            return reader;
        }
    }

    public void Leave(GenerationReader reader)
    {
        lock (_gate)
        {
            if (_readers.Remove(reader) && _readers.Count == 0 && !_over)
            {
                _orphan = _session.Time.CreateTimer(_ => CancelOrphan(), null, _session.OrphanGrace, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Cancel()
    {
        lock (_gate)
        {
            CancelNow();
        }
    }

    /// <summary>The timer may fire while a reader joins: then there is somebody to read it.</summary>
    private void CancelOrphan()
    {
        lock (_gate)
        {
            if (_readers.Count == 0)
            {
                CancelNow();
            }
        }
    }

    private void CancelNow()
    {
        if (!_over)
        {
            _cancelled = true;
            _session.Send(new SessionCommand { Cancel = new Cancel { GenerationId = Id } });
        }
    }

    /// <summary>The commands to send when the session is open again.</summary>
    public IEnumerable<SessionCommand> Resume()
    {
        lock (_gate)
        {
            if (_over || (Submit is not null && !Sent))
            {
                return [];
            }

            SessionCommand attach = new() { Attach = AttachCommand() };
            return _cancelled ? [attach, new SessionCommand { Cancel = new Cancel { GenerationId = Id } }] : [attach];
        }
    }

    /// <summary>Passes an event to the readers; returns whether it was the last.</summary>
    public bool Deliver(GenerationEvent e)
    {
        lock (_gate)
        {
            if (_over)
            {
                return true;
            }

            if (e.EventCase == GenerationEvent.EventOneofCase.Failed)
            {
                return Failed(e.Failed);
            }

            _seen = true;
            if (e.Finished is { } finished)
            {
                Used?.Invoke((int)(finished.PromptTokens + finished.CompletionTokens));
            }

            var missed = false;
            foreach (var reader in _readers)
            {
                missed |= reader.Offer(e);
            }

            if (missed)
            {
                _session.Send(new SessionCommand { Attach = AttachCommand() });
            }

            // A reader that joined late may get the end first, and the earlier events with the next response.
            return e.EventCase == GenerationEvent.EventOneofCase.Finished && _readers.TrueForAll(r => r.Next > e.Offset) && Over(null);
        }
    }

    /// <summary>Ends the generation with an error for all readers.</summary>
    public void Fail(Exception error)
    {
        lock (_gate)
        {
            Over(error);
        }
    }

    private bool Failed(Failed failed)
    {
        var kind = ErrorKindNames.Parse(failed.ErrorKind) ?? ErrorKind.Internal;
        if (kind == ErrorKind.NotFound && Submit is not null && !_seen && !_resent)
        {
            // The session broke before the request arrived: resend it.
            _resent = true;
            _session.Send(new SessionCommand { Submit = Submit });
            return false;
        }

        var retry = TimeSpan.FromMilliseconds(failed.RetryMilliseconds);
        return Over(
            failed.RetryMilliseconds == 0
                ? new EngineException(kind, failed.Message)
                : new EngineException(kind, failed.Message, $"try again in {retry.TotalSeconds:0} s") { RetryAfter = retry }
        );
    }

    private bool Over(Exception? error)
    {
        if (!_over)
        {
            _over = true;
            _orphan?.Dispose();
            foreach (var reader in _readers)
            {
                reader.Complete(error);
            }

            _ended.TrySetResult();
        }

        return true;
    }

    private Attach AttachCommand() => new() { GenerationId = Id, Offset = _readers.Count == 0 ? 0 : _readers.Min(r => r.Next) };
}
