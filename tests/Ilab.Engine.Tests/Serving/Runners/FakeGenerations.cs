using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Ilab.Engine.Tests.Serving.Scheduling;
using Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Tests.Serving.Runners;

/// <summary>The generations of a fake runner, with all their events.</summary>
internal sealed class FakeGenerations(FakePlan plan)
{
    private readonly ConcurrentDictionary<string, Log> _logs = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>What was submitted, in order.</summary>
    public ConcurrentQueue<Submit> Submitted { get; } = new();

    public IEnumerable<string> Cancelled => _logs.Where(l => l.Value.Cancel.IsCancellationRequested).Select(l => l.Key);

    public void Stop() => _stop.Cancel();

    public void Dispatch(SessionCommand command, ChannelWriter<SessionFrame> session)
    {
        if (command.Submit is { } submit)
        {
            Submitted.Enqueue(submit);
            var log = _logs.GetOrAdd(submit.GenerationId, _ => new Log());
            log.Attach(session, 0);
            _ = Task.Run(() => RunAsync(submit, log));
        }
        else if (command.Attach is { } attach)
        {
            if (_logs.TryGetValue(attach.GenerationId, out var log))
            {
                log.Attach(session, (int)attach.Offset);
            }
            else
            {
                var failed = new GenerationEvent
                {
                    GenerationId = attach.GenerationId,
                    Failed = new Failed { ErrorKind = "NOT_FOUND", Message = "no such generation" },
                };
                session.TryWrite(new SessionFrame { Events = { failed } });
            }
        }
        else if (_logs.TryGetValue(command.Cancel.GenerationId, out var cancelled))
        {
            cancelled.Cancel.Cancel();
        }

        Changes.Tell();
    }

    private async Task RunAsync(Submit submit, Log log)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, log.Cancel.Token);
        var reason = Finished.Types.Reason.Length;
        log.Add(
            submit.GenerationId,
            new GenerationEvent
            {
                Started = new Started
                {
                    PromptTokens = 3,
                    ContextLength = 512,
                    Seed = submit.Sampling.Seed,
                },
            }
        );
        try
        {
            for (var i = 0; i < submit.MaxTokens; i++)
            {
                if (plan.WordGate is var (word, gate) && word == i)
                {
                    await gate.WaitAsync(stop.Token);
                }

                stop.Token.ThrowIfCancellationRequested();
                log.Add(
                    submit.GenerationId,
                    new GenerationEvent
                    {
                        Delta = new Delta { Text = i.ToString(CultureInfo.InvariantCulture) + " ", TokenCount = 1 },
                    }
                );
            }
        }
        catch (OperationCanceledException)
        {
            reason = Finished.Types.Reason.Cancelled;
        }

        if (!_stop.IsCancellationRequested)
        {
            log.Add(
                submit.GenerationId,
                new GenerationEvent
                {
                    Finished = new Finished { Reason = reason, CompletionTokens = submit.MaxTokens },
                }
            );
        }
    }

    private sealed class Log
    {
        private readonly List<GenerationEvent> _events = [];
        private readonly Dictionary<ChannelWriter<SessionFrame>, int> _readers = [];

        public CancellationTokenSource Cancel { get; } = new();

        public void Attach(ChannelWriter<SessionFrame> session, int offset)
        {
            lock (_events)
            {
                _readers[session] = offset;
                Flush();
            }
        }

        public void Add(string id, GenerationEvent e)
        {
            lock (_events)
            {
                e.GenerationId = id;
                e.Offset = (ulong)_events.Count;
                _events.Add(e);
                Flush();
            }
        }

        private void Flush()
        {
            foreach (var (session, from) in _readers.ToList())
            {
                var frame = new SessionFrame();
                frame.Events.AddRange(_events.Skip(from));
                session.TryWrite(frame);
                _readers[session] = Math.Max(from, _events.Count);
            }
        }
    }
}
