using System.Threading.Channels;
using Grpc.Core;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Tests.Inference;

/// <summary>One session with the host, read as the service reads it.</summary>
internal sealed class SessionReader : IAsyncDisposable, IServerStreamWriter<SessionFrame>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<GenerationEvent> _events = Channel.CreateUnbounded<GenerationEvent>();
    private readonly Dictionary<string, List<GenerationEvent>> _seen = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly InferenceHost _host;
    private readonly Session _session;
    private readonly Task _pump;

    public SessionReader(InferenceHost host)
    {
        _host = host;
        _session = host.Open();
        _pump = _session.PumpAsync(this, _ended.Token);
    }

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(SessionFrame message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(SessionFrame message, CancellationToken cancellationToken)
    {
        foreach (var entry in message.Events)
        {
            _events.Writer.TryWrite(entry);
        }

        return Task.CompletedTask;
    }

    public void Submit(Submit request) => _host.Submit(request, _session);

    public void Attach(string id, ulong offset) => _host.Attach(new Attach { GenerationId = id, Offset = offset }, _session);

    /// <summary>The next event of any generation.</summary>
    public async Task<GenerationEvent> NextAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        var entry = await _events.Reader.ReadAsync(limit.Token);
        (_seen.TryGetValue(entry.GenerationId, out var list) ? list : _seen[entry.GenerationId] = []).Add(entry);
        return entry;
    }

    /// <summary>All that a generation says, to its end.</summary>
    public async Task<Answer> ReadAsync(string id)
    {
        while (
            !_seen.TryGetValue(id, out var list) || list[^1].EventCase is not (GenerationEvent.EventOneofCase.Finished or GenerationEvent.EventOneofCase.Failed)
        )
        {
            await NextAsync();
        }

        return new Answer(_seen[id]);
    }

    public async ValueTask DisposeAsync()
    {
        _host.Close(_session);
        await _ended.CancelAsync();
        await _pump.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _ended.Dispose();
    }
}

/// <summary>What a generation said.</summary>
internal sealed record Answer(IReadOnlyList<GenerationEvent> Events)
{
    public string Text => string.Concat(Events.Select(static e => e.Delta?.Text));

    public Started Started => Events.Select(static e => e.Started).Single(static e => e is not null);

    public Finished Finished => Events[^1].Finished ?? throw new InvalidOperationException($"it failed: {Events[^1].Failed}");

    public Failed Failed => Events[^1].Failed;

    public IReadOnlyList<TokenLogprob> Tokens => [.. Events.Where(static e => e.Delta is not null).SelectMany(static e => e.Delta.Tokens)];

    /// <summary>
    /// The same but for tokens that are as likely: rows that are computed together, as parts of prompts are, move the logits by rounding, no more.
    /// </summary>
    public void AssertSame(Answer other)
    {
        const double Rounding = 0.1;
        Assert.Equal(Finished.CompletionTokens, other.Finished.CompletionTokens);
        Assert.NotEmpty(Tokens);
        foreach (var (one, another) in Tokens.Zip(other.Tokens))
        {
            if (one.Token != another.Token)
            {
                Assert.InRange(one.Top[0].Logprob - one.Top[1].Logprob, 0, Rounding);
                break;
            }

            Assert.Equal(one.Logprob, another.Logprob, Rounding);
        }
    }

    public byte[] Bytes => [.. Tokens.SelectMany(static t => t.Piece)];
}
