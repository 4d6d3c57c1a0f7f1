namespace Ilab.Sources;

/// <summary>Serializes work per key; waiters get the holder's result.</summary>
internal sealed class KeyGate<T>
{
    private readonly Dictionary<string, (string Owner, TaskCompletionSource<T?> Left)> _inside = [];

    /// <param name="owner">Name of the caller, for those that have to wait for it.</param>
    /// <param name="waiting">Called once with the holder's name if the caller has to wait.</param>
    public async Task<Turn> EnterAsync(string key, string owner, Action<string> waiting, CancellationToken cancellationToken)
    {
        T? previous = default;
        for (var told = false; ; told = true)
        {
            string inside;
            Task<T?> other;
            lock (_inside)
            {
                if (!_inside.TryGetValue(key, out var holder))
                {
                    return Take(key, owner, previous);
                }

                (inside, other) = (holder.Owner, holder.Left.Task);
            }

            if (!told)
            {
                waiting(inside);
            }

            previous = await other.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>Null if the key is held.</returns>
    public Turn? TryEnter(string key)
    {
        lock (_inside)
        {
            return _inside.ContainsKey(key) ? null : Take(key, "a job that was cancelled", default);
        }
    }

    private Turn Take(string key, string owner, T? previous)
    {
        _inside[key] = (owner, new TaskCompletionSource<T?>(TaskCreationOptions.RunContinuationsAsynchronously));
        return new Turn(this, key, previous);
    }

    private void Leave(string key, T? result)
    {
        lock (_inside)
        {
            if (_inside.Remove(key, out var holder))
            {
                holder.Left.SetResult(result);
            }
        }
    }

    /// <summary>Exclusive hold on a key; dispose to release.</summary>
    public sealed class Turn(KeyGate<T> gate, string key, T? previous) : IDisposable
    {
        private bool _left;

        /// <summary>The result of the previous holder, if this one waited for it.</summary>
        public T? Previous { get; } = previous;

        /// <summary>The result for waiters.</summary>
        public T? Result { get; set; }

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _left, true))
            {
                gate.Leave(key, Result);
            }
        }
    }
}
