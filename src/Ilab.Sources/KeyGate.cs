namespace Ilab.Sources;

/// <summary>Lets one at a time do what has the same key, and tells those who waited what came of it.</summary>
internal sealed class KeyGate<T>
{
    private readonly Dictionary<string, (string Owner, TaskCompletionSource<T?> Left)> _inside = [];

    /// <param name="owner">Who enters, for those who have to wait for it.</param>
    /// <param name="waiting">Called once when somebody else is inside, with its name.</param>
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

    /// <returns>Null when somebody is inside.</returns>
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

    /// <summary>Being inside; disposed to leave.</summary>
    public sealed class Turn(KeyGate<T> gate, string key, T? previous) : IDisposable
    {
        private bool _left;

        /// <summary>What the one before made, when this one waited for it.</summary>
        public T? Previous { get; } = previous;

        /// <summary>For those who wait.</summary>
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
