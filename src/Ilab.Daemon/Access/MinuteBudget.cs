namespace Ilab.Daemon.Access;

/// <summary>
/// What may be used per minute: it fills evenly, up to the limit. What has been used already can be subtracted afterwards, even below zero, which none of the
/// platform's limiters can do: how many tokens an answer has is known at its end.
/// </summary>
internal sealed class MinuteBudget(TimeProvider time)
{
    private readonly Lock _gate = new();
    private double? _left;
    private long _at;

    /// <summary>Takes an amount if so much is left.</summary>
    /// <param name="limit">Of a minute.</param>
    /// <param name="amount">0 = asks whether anything is left.</param>
    /// <returns>Whether it was taken; what is left; how long until it would be.</returns>
    public (bool Taken, int Left, TimeSpan Wait) TryTake(int limit, int amount)
    {
        lock (_gate)
        {
            var left = Fill(limit);
            var needed = Math.Max(1, amount);
            if (left < needed)
            {
                return (false, (int)Math.Max(0, left), limit > 0 ? TimeSpan.FromMinutes((needed - left) / limit) : TimeSpan.FromMinutes(1));
            }

            _left = left - amount;
            return (true, (int)_left, TimeSpan.Zero);
        }
    }

    /// <summary>Subtracts what has been used.</summary>
    public void Use(int limit, int amount)
    {
        lock (_gate)
        {
            _left = Fill(limit) - amount;
        }
    }

    private double Fill(int limit)
    {
        var now = time.GetTimestamp();
        var left = _left is { } before ? Math.Min(limit, before + (time.GetElapsedTime(_at, now).TotalMinutes * limit)) : limit;
        (_left, _at) = (left, now);
        return left;
    }
}
