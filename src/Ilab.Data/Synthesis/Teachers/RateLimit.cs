namespace Ilab.Data.Synthesis.Teachers;

/// <summary>Limits requests and tokens per minute.</summary>
internal sealed class RateLimit(int requests, int tokens, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Queue<(DateTimeOffset Time, int Tokens)> _used = new();
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Returns when another request may be sent.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (requests <= 0 && tokens <= 0)
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (Left() is { } left)
            {
                await Task.Delay(left, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Records tokens, which are known only afterwards.</summary>
    public void Note(int used)
    {
        if (tokens > 0 && used > 0) // 0 would count as a request
        {
            lock (_used)
            {
                _used.Enqueue((time.GetUtcNow(), used));
            }
        }
    }

    /// <returns>How long to wait; null = not at all, and the request has been recorded.</returns>
    private TimeSpan? Left()
    {
        lock (_used)
        {
            var now = time.GetUtcNow();
            while (_used.TryPeek(out var first) && now - first.Time >= Window)
            {
                _used.Dequeue();
            }

            var isFull =
                (requests > 0 && _used.Count(static use => use.Tokens == 0) >= requests) || (tokens > 0 && _used.Sum(static use => use.Tokens) >= tokens);
            if (isFull)
            {
                return Window - (now - _used.Peek().Time) + TimeSpan.FromMilliseconds(1);
            }

            _used.Enqueue((now, 0));
            return null;
        }
    }
}
